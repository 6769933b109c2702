#!/usr/bin/env python3
"""Judges all recorded completions twice, once with a program a core and once with many, and compares.

A crowded machine gives every program a part of a core, later and in pieces. Its verdict must be the
same one. What is compared is each sample's outcome and whether it passed, not the seconds it took.

Prints a table on stdout and every difference on stderr. Exit code 0 where there is none, 1 where there
is one, 2 where the completions are missing. Needs nothing but Python's standard library.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import parity

# Times as many programs as cores.
CROWD = 8


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--data", type=Path, default=Path("../shared/data"),
                           help="folder of the data sets and recorded completions")
    arguments.add_argument("--ra3", default="target/release/ra3", help="the program to check")
    arguments.add_argument("--only", default="", help="sets whose name contains this")
    arguments.add_argument("--profile", help="the rules to judge by; those of the recording by default")
    arguments = arguments.parse_args()
    if not (arguments.data / "completions").is_dir():
        print(f"load: there are no recorded completions in {arguments.data}; "
              "name their folder with --data", file=sys.stderr)
        return 2

    cores = os.cpu_count()
    row = "{:<42} {:<17} {:>7} {:>10} {:>10} {:>10}".format
    print(row("set", "profile", "samples", f"{cores} jobs, s", f"{CROWD * cores} jobs, s", "different"))
    total = different = 0
    for comparison in parity.completions(arguments.data):
        if arguments.only not in comparison.name:
            continue
        comparison.profile = arguments.profile or comparison.profile
        runs = []
        for jobs in (cores, CROWD * cores):
            with tempfile.TemporaryDirectory() as scratch:
                rows, seconds = parity.judge(arguments.ra3, comparison, Path(scratch), jobs)
            runs.append(([(row["verdict"], row["passed"]) for row in rows], seconds))
        (alone, quiet), (crowded, busy) = runs
        differ = [i for i, pair in enumerate(zip(alone, crowded, strict=True)) if pair[0] != pair[1]]
        for i in differ:
            print(f"  {comparison.samples[i]['task_id']} (line {i + 1}): {alone[i]} among few, "
                  f"{crowded[i]} among many", file=sys.stderr)
        print(row(comparison.name, comparison.profile, len(alone), f"{quiet:.1f}", f"{busy:.1f}",
                  len(differ)), flush=True)
        total += len(alone)
        different += len(differ)
    print(f"{different} of {total} verdicts differ")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
