# verdict: blocked | violation; none: escaped
# 2: clone3 takes its flags in a structure, which a seccomp filter cannot read.
import ctypes
import os
import signal

CLONE3 = 435
libc = ctypes.CDLL(None, use_errno=True)
# flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls
arguments = (ctypes.c_uint64 * 8)(0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)
child = libc.syscall(CLONE3, arguments, ctypes.c_long(ctypes.sizeof(arguments)))
if child == 0:
    os._exit(0)
print("blocked" if child < 0 else "ESCAPED: clone3 made a process")
