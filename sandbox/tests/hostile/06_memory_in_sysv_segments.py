# verdict: blocked | violation; none: escaped
# 6, 49: System V segments outlive the process and belong to nobody's resident set.
import ctypes

SHMGET, SHMCTL, IPC_RMID = 29, 31, 0
libc = ctypes.CDLL(None, use_errno=True)
segment = libc.syscall(SHMGET, 0, ctypes.c_long(1 << 20), 0o600)
if segment < 0:
    print("blocked")
else:
    libc.syscall(SHMCTL, segment, IPC_RMID, None)
    print("ESCAPED: a shared memory segment")
