# The settings stand above: CASE_SENSITIVE, SPACE_CHANGE_SENSITIVE, ABSOLUTE and RELATIVE.

import itertools
import math
import re
import sys

ACCEPTED, REFUSED = 42, 43

# Where white space counts, it is compared like words.
PART = re.compile(rb"\s+|\S+" if SPACE_CHANGE_SENSITIVE else rb"\S+")
FLOAT = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)


def parts(text):
    # One after the other, since a long output has millions.
    return (match.group() for match in PART.finditer(text))


def number(part):
    value = float(part) if FLOAT.fullmatch(part) else math.inf
    return value if math.isfinite(value) else None


def same(expected, given):
    if expected is None or given is None:
        return False
    if max(ABSOLUTE, RELATIVE) >= 0 and (goal := number(expected)) is not None:
        value = number(given)
        if value is None:
            return False
        error = abs(goal - value)
        return error <= ABSOLUTE or error <= RELATIVE * abs(goal)
    if CASE_SENSITIVE:
        return given == expected
    return given.lower() == expected.lower()


with open(sys.argv[2], "rb") as file:
    answer = file.read()
output = sys.stdin.buffer.read()
pairs = itertools.zip_longest(parts(answer), parts(output))
sys.exit(ACCEPTED if all(same(*pair) for pair in pairs) else REFUSED)
