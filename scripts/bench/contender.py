"""Who judges, and what came of it: a public grader in a process of its own, or `ra3 judge`."""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, List, Optional

from bench.peers.stopwatch import processor_seconds


class Failed(Exception):
    """A contender ended without judging."""


@dataclass(frozen=True)
class Verdict:
    """Whether a sample passed, and what its grader says beyond that, in words that graders share."""
    passed: Optional[bool]
    detail: Optional[list]

    def differs(self, other):
        """Whether two graders disagree, as far as both say something."""
        both_detailed = self.detail is not None and other.detail is not None
        return self.passed != other.passed or (both_detailed and self.detail != other.detail)

    def __str__(self):
        word = {True: "passed", False: "failed", None: "ungraded"}[self.passed]
        return word if self.detail is None else f"{word} ({' '.join(map(str, self.detail))})"


@dataclass(frozen=True)
class Run:
    """One time that a contender judged all samples."""
    seconds: float
    cpu_seconds: float
    verdicts: List[Verdict]


@dataclass(frozen=True)
class Contender:
    """A name for tables, and a function that judges all samples in an empty folder."""
    name: str
    run: Callable[[Path], Run]
    # Ours run once before the rounds: like EvalPlus, `ra3` keeps what references return.
    is_ours: bool = False


def peer(name, module, arguments, samples, workers, cache):
    """The grader that `bench.peers.MODULE` drives."""
    def run(folder):
        own = folder / samples.name
        shutil.copy(samples, own)
        out = folder / "judged"
        command = [sys.executable, "-m", f"bench.peers.{module}", *arguments, own, str(workers), out]
        call(name, command, XDG_CACHE_HOME=cache)
        report = json.loads(out.read_text())
        return Run(report["seconds"], report["cpu_seconds"], [Verdict(*told) for told in report["verdicts"]])
    return Contender(name, run)


def ra3(options, benchmark, profile, problems, samples, jobs):
    """`ra3 judge` as a whole command, from its start to its report, with so many programs at a time."""
    def run(folder):
        command = [options.ra3, "judge", "--benchmark", benchmark, "--profile", profile]
        command += ["--data", problems, "--samples", samples, "--jobs", str(jobs)]
        cpu, started = processor_seconds(), time.monotonic()
        call("ra3 judge", [*command, "--out", folder / "run", "--json"], RA3_DATA=options.cache)
        seconds, cpu = time.monotonic() - started, processor_seconds() - cpu
        rows = (folder / "run/verdicts.jsonl").read_text().splitlines()
        return Run(seconds, cpu, [own_verdict(json.loads(row)) for row in rows])
    return Contender(f"ra3 judge, {profile}", run, is_ours=True)


def own_verdict(row):
    """A row of verdicts.jsonl, with what the mirrored grader would say."""
    upstream = row["upstream"] or {}
    if "base" in upstream:
        return Verdict(row["passed"], [upstream["base"], upstream["plus"]])
    return Verdict(row["passed"], upstream.get("results"))


def call(name, command, **environment):
    """Run a command that says nothing unless it fails."""
    process = subprocess.run(
        [str(part) for part in command], env={**os.environ, **{k: str(v) for k, v in environment.items()}},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if process.returncode != 0:
        raise Failed(f"{name} ended with {process.returncode}:\n{process.stderr[-2000:]}")
    return process.stdout
