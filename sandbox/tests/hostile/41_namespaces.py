# verdict: blocked | violation
# 41: new namespaces, in which it would be root, and doors to other ones; one a part.
# with: parts=12
import ctypes
import os
import sys

facts = dict(line.split() for line in sys.stdin)
UNSHARE, SETNS = 272, 308
libc = ctypes.CDLL(None, use_errno=True)
name, number, argument = [
    ("user", UNSHARE, 0x1000_0000),
    ("mount", UNSHARE, 0x0002_0000),
    ("pid", UNSHARE, 0x2000_0000),
    ("network", UNSHARE, 0x4000_0000),
    ("ipc", UNSHARE, 0x0800_0000),
    ("uts", UNSHARE, 0x0400_0000),
    ("cgroup", UNSHARE, 0x0200_0000),
    ("time", UNSHARE, 0x0000_0080),
    ("user and mount", UNSHARE, 0x1002_0000),
    ("setns user", SETNS, "user"),
    ("setns mnt", SETNS, "mnt"),
    ("setns net", SETNS, "net"),
][int(facts["part"])]
if number == SETNS:
    try:
        door = os.open(f"/proc/self/ns/{argument}", os.O_RDONLY)
    except OSError:
        door = 0
    result = libc.syscall(SETNS, door, 0)
else:
    result = libc.syscall(UNSHARE, argument)
print("blocked" if result < 0 else f"ESCAPED: {name}")
