# verdict: blocked | violation; none: escaped
# 2: clone(2) without CLONE_THREAD is fork by another name.
import ctypes
import os
import signal

CLONE = 56
libc = ctypes.CDLL(None, use_errno=True)
child = libc.syscall(CLONE, ctypes.c_long(signal.SIGCHLD), None, None, None, None)
if child == 0:
    os._exit(0)
print("blocked" if child < 0 else "ESCAPED: clone made a process")
