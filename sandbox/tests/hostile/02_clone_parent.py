# verdict: blocked | violation; none: escaped
# 2: clone(2) with CLONE_PARENT, which would hand the supervisor a child that it does not know.
import ctypes
import os
import signal

CLONE, CLONE_PARENT = 56, 0x8000
libc = ctypes.CDLL(None, use_errno=True)
child = libc.syscall(CLONE, ctypes.c_long(CLONE_PARENT | signal.SIGCHLD), None, None, None, None)
if child == 0:
    os._exit(0)
print("blocked" if child < 0 else "ESCAPED: clone made a sibling")
