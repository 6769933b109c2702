# verdict: cpu-limit
# 23: a regular expression that backtracks for ever, in C code that checks for no signal.
import re

re.match(r"(a+)+$", "a" * 40 + "b")
