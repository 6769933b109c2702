"""Judges samples with the official runner of LiveCodeBench: CHECKOUT PROBLEMS SAMPLES WORKERS OUT.

What is timed is the call that its custom evaluator makes when problems and answers have been read.
"""

import json
import sys
from pathlib import Path

from bench.peers.stopwatch import Stopwatch


def evaluation_sample(row):
    """The tests of a problem as the runner passes them on."""
    tests = json.loads(row["public_test_cases"]) + json.loads(row["private_test_cases"])
    return {"input_output": json.dumps({
        "inputs": [test["input"] for test in tests],
        "outputs": [test["output"] for test in tests],
        "fn_name": json.loads(row["metadata"]).get("func_name"),
    })}


def verdicts(results):
    """For each answer whether it passed, and the codes of its tests."""
    for problem in sorted(results):
        for codes in results[problem]:
            # A method that compared equal is `True`, a program whose output was right is 1.
            yield [all(code > 0 for code in codes), [int(code) for code in codes]]


def main(checkout, problems, samples, workers, out):
    sys.path.insert(0, checkout)
    from lcb_runner.evaluation import codegen_metrics

    rows = map(json.loads, Path(problems).read_text().splitlines())
    answers = [row["code_list"] for row in json.loads(Path(samples).read_text())]
    evaluation_samples = [evaluation_sample(row) for row in rows]
    with Stopwatch() as watch:
        _, results, _ = codegen_metrics(
            evaluation_samples, answers, k_list=[1], num_process_evaluate=int(workers))
    watch.report(out, list(verdicts(results)))


if __name__ == "__main__":
    main(*sys.argv[1:])
