"""Runs samples of HumanEval in bare copies of itself, with nothing around them: PROBLEMS SAMPLES WORKERS OUT.

This is no grader. Nothing is isolated, limited or watched, and a program that leaves with 0 has passed. It takes the
least time that any grader can take which gives each program a copy of a warm interpreter.
"""

import collections  # noqa: F401 (what programs import is there already)
import copy  # noqa: F401
import functools  # noqa: F401
import gc
import hashlib  # noqa: F401
import itertools  # noqa: F401
import json
import math  # noqa: F401
import os
import random  # noqa: F401
import re  # noqa: F401
import string  # noqa: F401
import sys
import typing  # noqa: F401
from pathlib import Path

from bench.data import read_rows
from bench.peers.stopwatch import Stopwatch


def main(problems, samples, workers, out):
    tasks = {row["task_id"]: row for row in read_rows(Path(problems))}
    programs = [program(tasks[row["task_id"]], row["completion"]) for row in read_rows(Path(samples))]
    workers = int(workers)
    gc.collect()
    gc.freeze()
    with Stopwatch() as watch:
        parts = [Path(f"{out}.{number}") for number in range(workers)]
        pids = [in_copy(lambda: work(programs[number::workers], parts[number])) for number in range(workers)]
        if any([os.waitpid(pid, 0)[1] for pid in pids]):
            raise SystemExit("a worker failed")
    passed = [None] * len(programs)
    for number, part in enumerate(parts):
        passed[number::workers] = json.loads(part.read_text())
    watch.report(out, [[it, None] for it in passed])


def program(task, completion):
    return f"{task['prompt']}{completion}\n{task['test']}\ncheck({task['entry_point']})"


def work(programs, out):
    passed = []
    for source in programs:
        pid = in_copy(lambda: exec(compile(source, "<string>", "exec"), {}))
        passed.append(os.waitpid(pid, 0)[1] == 0)
    out.write_text(json.dumps(passed))


def in_copy(do):
    """The number of a copy of this process that does something and leaves, with 0 if that did not raise."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            do()
            code = 0
        finally:
            os._exit(code)
    return pid


if __name__ == "__main__":
    main(*sys.argv[1:])
