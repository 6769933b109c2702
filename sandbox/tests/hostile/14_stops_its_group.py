# verdict: idle | blocked | violation
# 14: stops whoever shares its process group, the supervisor included if it is careless.
# with: wall=2
import os
import signal
import sys

facts = dict(line.split() for line in sys.stdin)
try:
    shared = os.getpgid(int(facts["pid"])) == os.getpgrp()
except OSError:
    # It cannot even be named. The group's leader is outside if it has no number here.
    shared = os.getpgrp() == 0
if shared:
    print("ESCAPED: in the supervisor's process group")
else:
    try:
        os.kill(0, signal.SIGSTOP)
    except OSError:
        pass
    print("blocked")
