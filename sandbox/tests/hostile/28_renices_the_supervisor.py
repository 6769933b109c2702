# verdict: blocked | violation; none: escaped
# 28: makes the supervisor the least important process there is; any process of the same user may.
import os
import sys

facts = dict(line.split() for line in sys.stdin)
try:
    os.setpriority(os.PRIO_PROCESS, int(facts["pid"]), os.getpriority(os.PRIO_PROCESS, 0))
    print("ESCAPED: the supervisor's priority was set")
except OSError:
    print("blocked")
