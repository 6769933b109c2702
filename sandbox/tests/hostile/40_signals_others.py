# verdict: blocked | violation; none: escaped
# 40: may it signal the supervisor, its parent, its group, everyone? Asked with signal 0; one a part.
# with: parts=6
import ctypes
import os
import sys

facts = dict(line.split() for line in sys.stdin)
pid, parent = int(facts["pid"]), os.getppid()
TKILL, TGKILL = 200, 234
libc = ctypes.CDLL(None, use_errno=True)


def call(number, *arguments):
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")


# A parent with the number 0 is outside its pid namespace, and kill(0) would be its own group.
name, act = [
    ("kill the supervisor", lambda: os.kill(pid, 0)),
    ("kill everyone", lambda: os.kill(-1, 0)),
    ("kill the supervisor's group", lambda: os.kill(-os.getpgid(pid), 0)),
    ("kill the parent", lambda: os.kill(parent or pid, 0)),
    ("tkill", lambda: call(TKILL, pid, 0)),
    ("tgkill", lambda: call(TGKILL, pid, pid, 0)),
][int(facts["part"])]
try:
    act()
    print(f"ESCAPED: {name}")
except OSError:
    print("blocked")
