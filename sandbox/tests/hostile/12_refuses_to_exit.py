# verdict: blocked | violation | cpu-limit | signal:11
# 12: a seccomp filter of its own makes every way to exit fail.
import ctypes
import os
import struct

LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, FAIL = 0x7FFF_0000, 0x0005_0001
EXIT, EXIT_GROUP = 60, 231
PR_SET_SECCOMP, MODE_FILTER = 22, 2

steps = [(LOAD, 0, 0, 0), (JUMP_IF_EQUAL, 2, 0, EXIT), (JUMP_IF_EQUAL, 1, 0, EXIT_GROUP), (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, FAIL)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(steps), ctypes.addressof(code)))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(PR_SET_SECCOMP, MODE_FILTER, program, 0, 0) < 0:
    print("blocked")
else:
    os._exit(0)
