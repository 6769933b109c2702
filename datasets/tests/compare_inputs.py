"""Compare the inputs of an EvalPlus file with what the crate wrote of them.

Usage: compare_inputs.py FILE.jsonl.gz OURS, where OURS has a line an input: the task, a tab, the
arguments as a Python list. Prints how many are the same, or fails at the first that is not.
"""

import gzip
import json
import sys


def tuples(items):
    return [tuple(item) for item in items]


def deep(value):
    return tuple(map(deep, value)) if type(value) is list else value


# What the tasks of MBPP+ did to their arguments before they became JSON: by kind, then by task.
KINDS = [
    ("2 116 132 143 222 261 273 394 399 421 424 429 470 560 579 596 616 630 726 740 744 809", tuples),
    ("63 64 70 94 120 237 272 299 400 409 417 438 473 614 780", lambda a: [tuples(x) for x in a]),
    ("259 401 445", lambda a: [tuple(tuples(x)) for x in a]),
    ("250 307 405 446 617 720 763 808", lambda a: [tuple(a[0]), *a[1:]]),
    ("106 750", lambda a: [a[0], tuple(a[1])]),
    ("75 413 444 753", lambda a: [tuples(a[0]), a[1]]),
    ("115", lambda a: [[set(x) if type(x) is list and x else {} for x in a[0]]]),
    ("278", lambda a: [tuple(tuple(x) if type(x) is list else x for x in a[0])]),
    ("722", lambda a: [{key: tuple(value) for key, value in a[0].items()}, *a[1:]]),
    ("252", lambda a: [complex(a[0])]),
    ("124", lambda a: [float(a[0]), complex(a[1])]),
    ("580 615 791", lambda a: list(deep(a))),
]
TYPED = {f"Mbpp/{task}": typed for tasks, typed in KINDS for task in tasks.split()}


def same(a, b):
    """Equality that tells types apart, and -0.0 from 0.0, and lets NaN be itself."""
    if type(a) is not type(b):
        return False
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return same(list(a.items()), list(b.items()))
    if isinstance(a, set):
        return a == b and {type(x) for x in a} == {type(x) for x in b}
    return repr(a) == repr(b) if isinstance(a, (float, complex)) else a == b


def theirs(path):
    with gzip.open(path, "rt") as rows:
        for row in map(json.loads, rows):
            task = row["task_id"]
            typed = TYPED.get(task, list)
            for arguments in [*row["base_input"], *row["plus_input"]]:
                yield task, typed(arguments)


def main(path, ours):
    count = 0
    with open(ours) as lines:
        for (task, expected), line in zip(theirs(path), lines, strict=True):
            name, source = line.split("\t", 1)
            found = eval(source)
            if name != task or not same(found, expected):
                sys.exit(f"input {count} of {task}: {name}: {source[:2000]} is not {expected!r:.2000}")
            count += 1
    print(count, "inputs are the same")


main(*sys.argv[1:])
