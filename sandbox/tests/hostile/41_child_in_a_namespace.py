# verdict: blocked | violation
# 41: where forking is allowed, clone may still not make a child that is root in a namespace of its own.
# with: processes=8
import ctypes
import os
import signal

CLONE = 56
libc = ctypes.CDLL(None, use_errno=True)
made = []
for name, flag in [("user", 0x1000_0000), ("user and mount", 0x1002_0000), ("user and net", 0x5000_0000), ("pid", 0x2000_0000)]:
    child = libc.syscall(CLONE, ctypes.c_long(flag | signal.SIGCHLD), None, None, None, None)
    if child == 0:
        os._exit(0)
    if child > 0:
        made.append(name)
print(f"ESCAPED: {made}" if made else "blocked")
