# verdict: blocked | violation; none: escaped
# 27: sets a limit of the supervisor, which could stop it from opening files.
import resource
import sys

facts = dict(line.split() for line in sys.stdin)
try:
    now = resource.prlimit(int(facts["pid"]), resource.RLIMIT_CORE)
    print("ESCAPED: the supervisor's limits can be read:", now)
except OSError:
    print("blocked")
