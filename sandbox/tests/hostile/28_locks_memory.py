# verdict: blocked | violation
# 28: memory that is locked cannot be reclaimed.
import ctypes
import mmap

MCL_FUTURE = 2
libc = ctypes.CDLL(None, use_errno=True)
locked = libc.mlockall(MCL_FUTURE) == 0
try:
    mmap.mmap(-1, 64 << 20, mmap.MAP_PRIVATE)[0] = 1
except (OSError, MemoryError):
    # The future is locked, but only as far as the limit on locked memory goes.
    locked = False
print("ESCAPED: 64 MiB locked" if locked else "blocked")
