# verdict: cpu-limit
# 23: quadratic conversion in one call that cannot be interrupted.
import sys

if hasattr(sys, "set_int_max_str_digits"):
    sys.set_int_max_str_digits(0)
int("9" * 10**7)
