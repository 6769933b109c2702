# verdict: blocked | violation
# 38: takes another user's identity, by every call that could give it; one a part.
# with: parts=6
import os
import sys

facts = dict(line.split() for line in sys.stdin)
other = 12345 if os.getuid() != 12345 else 0
name, act = [
    ("setuid", lambda: os.setuid(other)),
    ("setresuid", lambda: os.setresuid(other, other, other)),
    ("setgid", lambda: os.setgid(other)),
    ("setgroups", lambda: os.setgroups([other])),
    ("setreuid", lambda: os.setreuid(0, 0) if os.getuid() else os.setreuid(other, other)),
    ("initgroups", lambda: os.initgroups("root", other)),
][int(facts["part"])]
try:
    act()
    print(f"ESCAPED: {name}")
except OSError:
    print("blocked")
