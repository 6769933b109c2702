# verdict: blocked | output-limit
# 17: a file that is mapped stays when it has neither a name nor a descriptor any more.
import ctypes
import mmap
import os
import time

SIZE = 4 << 20
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
FAILED = ctypes.c_void_p(-1).value

written = 0
try:
    for _ in range(40):
        # Python's own `mmap` would keep a duplicate of the descriptor.
        with open("file", "w+b", buffering=0) as file:
            os.remove("file")
            file.write(bytes(SIZE))
            kept = libc.mmap(None, SIZE, mmap.PROT_READ, mmap.MAP_PRIVATE, file.fileno(), 0)
        if kept == FAILED:
            break
        written += SIZE
        time.sleep(0.01)
except OSError:
    pass
print(f"ESCAPED: {written >> 20} MiB written" if written > 32 << 20 else "blocked")
