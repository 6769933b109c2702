"""The line that `ra3 bench sandbox` measures: one tiny program, isolated in several ways."""

import json
import subprocess

from bench.contender import Failed
from bench.section import Goal, Section

RUNS_PER_SECOND = 1000
TIMES_BUBBLEWRAP = 8
# Of one program on a machine that does nothing else, in milliseconds.
P50, P99 = 1, 5


def tiny(options):
    """Let the program measure, and read what it found."""
    command = [options.ra3, "bench", "sandbox", "--rounds", str(options.rounds), "--json"]
    # What it says meanwhile goes to stderr, as what is said here does.
    process = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if process.returncode != 0:
        raise Failed(f"ra3 bench sandbox ended with {process.returncode}")
    findings = json.loads(process.stdout)
    rows = [[f"{way['name']}: {way['meaning']}", f"{way['runs_per_second']:,.0f}", f"{way['times_slower']:.1f}x",
             "-" if way["cpu_milliseconds"] is None else f"{way['cpu_milliseconds']:.2f}",
             f"{way['latency_p50_milliseconds']:.2f}", f"{way['latency_p99_milliseconds']:.2f}"]
            for way in findings["ways"]]
    title = (f"one tiny program, tier {findings['tier']}, Python {findings['python']}, "
             f"{findings['jobs']} at a time; {findings['rounds']} rounds")
    headings = ["runs/s", "median", "slower", "cpu ms", "p50 ms", "p99 ms"]
    return Section("tiny", title, headings, rows, list(goals(findings)), findings["absent"], findings)


def goals(findings):
    """What is asked of the ways that this machine has."""
    ways = {way["name"]: way for way in findings["ways"]}
    warm = ways["warm"]
    isolated = f"tiny program, isolated in tier {findings['tier']}"
    yield Goal.at_least(isolated, RUNS_PER_SECOND, warm["runs_per_second"], "/s")
    if "bubblewrap" in ways:
        times = ways["bubblewrap"]["times_slower"]
        yield Goal.at_least("tiny program, against bubblewrap and python3 -ISE", TIMES_BUBBLEWRAP, times, "x")
    yield Goal.at_most("tiny program alone, half of the runs within", P50, warm["latency_p50_milliseconds"], " ms")
    yield Goal.at_most("tiny program alone, 99 in 100 within", P99, warm["latency_p99_milliseconds"], " ms")
    if "wasm" in ways:
        yield Goal.at_least("tiny program, wasm", RUNS_PER_SECOND, ways["wasm"]["runs_per_second"], "/s")
