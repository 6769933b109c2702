"""Runs samples of HumanEval in bare copies of itself, with nothing around them: PROBLEMS SAMPLES WORKERS OUT.

This is no grader. Nothing is isolated, limited or watched, and a program that leaves with 0 has passed. It shows what
the copies and the programs take by themselves.
"""

import gc
import json
import os
import sys
from pathlib import Path

from bench.data import read_rows
from bench.peers.stopwatch import Stopwatch

# What the programs import. Importing costs this process once and its copies nothing.
COMMON = "collections copy functools hashlib itertools math random re string typing".split()


def main(problems, samples, workers, out):
    tasks = {row["task_id"]: row for row in read_rows(Path(problems))}
    programs = [program(tasks[row["task_id"]], row["completion"]) for row in read_rows(Path(samples))]
    workers = int(workers)
    for name in COMMON:
        __import__(name)
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
