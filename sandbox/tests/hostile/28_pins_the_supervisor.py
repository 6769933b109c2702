# verdict: blocked | violation; none: escaped
# 28: keeps the supervisor off all processors but some.
import os
import sys

facts = dict(line.split() for line in sys.stdin)
try:
    os.sched_setaffinity(int(facts["pid"]), range(os.cpu_count()))
    print("ESCAPED: the supervisor's processors were chosen")
except OSError:
    print("blocked")
