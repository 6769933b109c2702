"""Judges samples with EvalPlus: DATASET PROBLEMS SAMPLES WORKERS OUT.

What is timed is its pool of processes, from opening to closing: the expected values, which it keeps from
one call to the next, are there by then.

Beside judging, EvalPlus downloads its data and asks models, for which it wants two hundred packages. What
it imports of those at its start has empty stand-ins here; nothing that judges uses them.
"""

import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import ModuleType

from bench.peers.stopwatch import Stopwatch

# The module, and what of it is imported by name.
STAND_INS = {"datasets": "load_dataset", "evalplus.codegen": "run_codegen", "tempdir": None, "wget": None}
# Its data sets, and where it looks for a file to take in the place of a download.
OVERRIDES = {"humaneval": "HUMANEVAL_OVERRIDE_PATH", "mbpp": "MBPP_OVERRIDE_PATH"}

watch = Stopwatch()


class TimedPool(ProcessPoolExecutor):
    """The pool in which EvalPlus judges, and nothing else."""

    def __enter__(self):
        watch.__enter__()
        return super().__enter__()

    def __exit__(self, *failure):
        super().__exit__(*failure)
        watch.__exit__()


def load(dataset, problems):
    """EvalPlus, reading `problems`."""
    os.environ[OVERRIDES[dataset]] = problems
    for name, imported in STAND_INS.items():
        sys.modules[name] = ModuleType(name)
        if imported:
            setattr(sys.modules[name], imported, None)
    import evalplus.evaluate
    evalplus.evaluate.ProcessPoolExecutor = TimedPool
    return evalplus.evaluate


def verdicts(samples, results):
    """For each sample whether it passed, and its status on the original and on the added inputs."""
    queues = {task: iter(rows) for task, rows in results["eval"].items()}
    for sample in map(json.loads, Path(samples).read_text().splitlines()):
        row = next(queues[sample["task_id"]])
        statuses = [row["base_status"], row["plus_status"]]
        yield [statuses == ["pass", "pass"], statuses]


def main(dataset, problems, samples, workers, out):
    grader = load(dataset, problems)
    grader.evaluate(dataset, samples, parallel=int(workers))
    results = json.loads(Path(samples.replace(".jsonl", "_eval_results.json")).read_text())
    watch.report(out, list(verdicts(samples, results)))
    # A thread of EvalPlus looks every 20 s whether it may end.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
