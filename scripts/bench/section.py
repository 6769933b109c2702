"""What was measured, in one form for all lines: a table, goals and notes; as text, Markdown or JSON."""

from dataclasses import asdict, dataclass, field
from typing import List


@dataclass(frozen=True)
class Goal:
    """Something that is to be so, and what was measured."""
    what: str
    asked: str
    measured: str
    is_met: bool

    @classmethod
    def at_least(cls, what, least, value, unit):
        return cls(what, f">= {least:,}{unit}", f"{value:,.1f}{unit}", value >= least)

    @classmethod
    def at_most(cls, what, most, value, unit):
        return cls(what, f"<= {most:,}{unit}", f"{value:,.2f}{unit}", value <= most)

    @classmethod
    def all_of(cls, what, total, count):
        return cls(what, f"{total:,}", f"{count:,}", count == total)


@dataclass(frozen=True)
class Section:
    """One line of the comparison."""
    name: str
    title: str
    headings: List[str]
    rows: List[List[str]]
    goals: List[Goal] = field(default_factory=list)
    notes: List[str] = field(default_factory=list)
    # For machines.
    findings: dict = field(default_factory=dict)


def of_standings(line, standings, options):
    """The section of a line that was measured."""
    count, first = len(line.tasks), standings[0]
    rows, goals, notes = [], [], []
    for standing in standings:
        rates = sorted(count / seconds for seconds in standing.seconds)
        same = count - len(standing.differences)
        rows.append([standing.name, f"{count / standing.median:.1f}", f"{rates[0]:.1f}", f"{rates[-1]:.1f}",
                     f"{standing.median:.2f}", f"{standing.ratio:.2f}x", f"{standing.cpu_milliseconds:.1f}",
                     f"{same} of {count}"])
        if standing.is_ours:
            what = f"{line.work}: {standing.name}, against {first.name}"
            goals += [Goal.at_least(what, line.target, standing.ratio, "x"),
                      Goal.all_of("the same verdicts", count, same)]
        notes += [f"{standing.name} differs: {sentence}" for sentence in standing.differences]
    title = f"{count} {line.work}; {options.rounds} rounds, ra3 with {options.jobs} jobs"
    headings = ["programs/s", "median", "min", "max", "seconds", "ratio", "cpu ms", "same verdict"]
    findings = {"work": line.work, "count": count, "contenders": [asdict(standing) for standing in standings]}
    return Section(line.name, title, headings, rows, goals, notes, findings)


def text(sections, machine):
    """For a terminal."""
    parts = [machine]
    for section in sections:
        parts.append("\n".join([section.title, *columns([section.headings, *section.rows]), *section.notes]))
    parts.append("\n".join(columns(goal_rows(sections))))
    return "\n\n".join(parts)


def columns(rows):
    """Rows as lines: the first cell to the left, the others to the right."""
    widths = [max(map(len, cells)) for cells in zip(*rows)]
    return ["  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))])
            for row in rows]


def goal_rows(sections):
    """The goals of all sections, as rows below a heading."""
    goals = [goal for section in sections for goal in section.goals]
    return [["goal", "asked", "measured", "met"],
            *([goal.what, goal.asked, goal.measured, "yes" if goal.is_met else "no"] for goal in goals)]


def markdown(sections, machine):
    """For a page of the documentation."""
    parts = ["# Judging, side by side with public graders",
             f"`make bench` on {machine}. All contenders judged the same files in turn, in one run; medians count, and "
             "verdicts were compared in every round. `scripts/bench.sh --help` says what is timed.",
             pipes(goal_rows(sections))]
    for section in sections:
        parts += [f"## {section.title[0].upper()}{section.title[1:]}", pipes([section.headings, *section.rows])]
        if section.notes:
            parts.append("\n".join(f"- {note}" for note in section.notes))
    return "\n\n".join(parts)


def pipes(rows):
    """Rows as a table of Markdown."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]])
