"""A line of the table: one kind of work, judged by several contenders in turn."""

import statistics
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Dict, List

from bench.contender import Contender, Run


@dataclass(frozen=True)
class Line:
    """Ratios are to the first contender, and verdicts are compared with its."""
    name: str
    work: str
    # How many times faster than the first contender `ra3` is to be.
    target: float
    tasks: List[str]
    contenders: List[Contender]


@dataclass(frozen=True)
class Standing:
    """What all rounds together say of one contender."""
    name: str
    is_ours: bool
    seconds: List[float]
    median: float
    # Processor time of all its processes, for each sample.
    cpu_milliseconds: float
    # How many times faster than the first contender.
    ratio: float
    # Sentences, one for each sample on which it disagrees with the first contender in some round.
    differences: List[str]


def measure(line, rounds, scratch):
    """Let all contenders judge in turn, and say what came of it for each."""
    runs: Dict[str, List[Run]] = defaultdict(list)
    for contender in line.contenders:
        if contender.is_ours:
            once(contender, scratch)
    started = time.monotonic()
    for number in range(rounds):
        # A busy minute hits either end.
        for contender in line.contenders if number % 2 == 0 else reversed(line.contenders):
            runs[contender.name].append(once(contender, scratch))
        tell_progress(line, number + 1, rounds, runs, time.monotonic() - started)
    return [standing(line, contender, runs) for contender in line.contenders]


def once(contender, scratch):
    """One run in a folder of its own."""
    with TemporaryDirectory(dir=scratch) as folder:
        return contender.run(Path(folder))


def tell_progress(line, done, rounds, runs, elapsed):
    """A line on stderr: what the round gave, and how long the others will take."""
    seconds = ", ".join(f"{name} {taken[-1].seconds:.1f} s" for name, taken in runs.items())
    left = elapsed / done * (rounds - done) / 60
    more = f"; about {left:.0f} min left for this line" if done < rounds else ""
    print(f"bench: {line.name}, round {done} of {rounds}: {seconds}{more}", file=sys.stderr)


def standing(line, contender, runs):
    """The medians of a contender beside those of the first."""
    first, own = runs[line.contenders[0].name], runs[contender.name]
    cpu = statistics.median(run.cpu_seconds for run in own)
    return Standing(
        contender.name, contender.is_ours, [run.seconds for run in own], median_seconds(own),
        1000 * cpu / len(line.tasks), median_seconds(first) / median_seconds(own),
        differences(line, first, own))


def median_seconds(runs):
    return statistics.median(run.seconds for run in runs)


def differences(line, first, own):
    """What the contender said otherwise than the first one in the same round."""
    found = {}
    for expected, said in zip(first, own):
        assert len(expected.verdicts) == len(said.verdicts) == len(line.tasks), line.name
        for task, theirs, ours in zip(line.tasks, expected.verdicts, said.verdicts):
            if ours.differs(theirs):
                found.setdefault(task, f"{task}: {ours}, and {theirs} by {line.contenders[0].name}")
    return list(found.values())
