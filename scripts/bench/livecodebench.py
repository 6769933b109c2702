"""LiveCodeBench's line: 1,000 answers to problems that ask for a method, with 20 tests for each.

The problems have the form of LiveCodeBench's rows, and fifteen tests each, which are gone through again
until there are 20. Nine answers in ten are references; the tenth always returns what the first test wants.
"""

import base64
import io
import itertools
import json
import pickle
import zlib

from bench.contender import peer, ra3
from bench.data import Lacking, find, read_rows, write_rows
from bench.line import Line

# The state of LiveCodeBench's repository whose verdicts are reproduced.
COMMIT = "28fef95"
# The number of processes that its runner starts unless told otherwise.
WORKERS = 12
# Answers to each of 20 problems, and tests for each of these.
ANSWERS, TESTS = 50, 20
# One answer in so many is wrong.
WRONG = 10


class TextUnpickler(pickle.Unpickler):
    """Reads text, and nothing that has a class."""

    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"text is expected, not {module}.{name}")


def livecodebench(options):
    """Methods with 20 tests each, as LiveCodeBench's runner and by strict rules."""
    checkout = find_checkout(options)
    problems, answers = workload(options)
    rows = write_rows(options.scratch / "livecodebench.jsonl", problems)
    samples = options.scratch / "livecodebench-samples.json"
    samples.write_text(json.dumps(answers))
    tasks = [f"{answer['question_id']}, answer {number}"
             for answer in answers for number in range(len(answer["code_list"]))]
    contenders = [
        peer(f"LiveCodeBench {COMMIT}, {WORKERS} processes", "livecodebench", [checkout, rows], samples,
             WORKERS, options.cache),
        *(ra3(options, "livecodebench", profile, rows, samples, options.jobs)
          for profile in (f"livecodebench-{COMMIT}", "strict-1")),
    ]
    return Line("livecodebench", f"answers to LiveCodeBench, {TESTS} tests each", 10, tasks, contenders)


def find_checkout(options):
    """The folder of LiveCodeBench's repository."""
    checkout = options.livecodebench
    if checkout is None:
        raise Lacking("name a checkout of https://github.com/LiveCodeBench/LiveCodeBench with --livecodebench "
                      "or RA3_LIVECODEBENCH")
    if not (checkout / "lcb_runner/evaluation").is_dir():
        raise Lacking(f"there is no lcb_runner/evaluation in {checkout}")
    return checkout.resolve()


def workload(options):
    """The problems, and the answers to them in the form of the runner's custom evaluator.

    Equal answers are told apart by a comment, so that nobody can judge one of them for all.
    """
    programs = {(str(row["question_id"]), row["candidate"]): row["code"]
                for row in read_rows(find(options, "derived_candidates.jsonl"))}
    rows = [row for row in read_rows(find(options, "derived.jsonl")) if "func_name" in json.loads(row["metadata"])]
    # The order in which the runner wants them.
    rows.sort(key=lambda row: str(row["question_id"]))
    problems, answers = [], []
    for row in rows:
        name = str(row["question_id"])
        cases = list(itertools.islice(itertools.cycle(tests(row)), TESTS))
        problems.append({**row, "question_id": name, "public_test_cases": json.dumps(cases),
                         "private_test_cases": "[]"})
        kinds = ["constant_first_output" if number % WRONG == 0 else "reference" for number in range(ANSWERS)]
        answers.append({"question_id": name, "code_list": [
            f"# answer {number}\n{programs[name, kind]}" for number, kind in enumerate(kinds)]})
    return problems, answers


def tests(row):
    """All tests of a row: the public ones, and those that are packed."""
    packed = zlib.decompress(base64.b64decode(row["private_test_cases"]))
    return json.loads(row["public_test_cases"]) + json.loads(TextUnpickler(io.BytesIO(packed)).load())
