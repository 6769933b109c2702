# verdict: memory | blocked | violation
# 6: shared pages of /dev/zero are shared memory without a file, under another name.
# with: cpu=10 wall=60
import ctypes
import mmap
import os

SIZE = 16 << 20
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
FAILED = ctypes.c_void_p(-1).value

touched = 0
try:
    zero = os.open("/dev/zero", os.O_RDWR)
    while touched < 640 << 20:
        piece = libc.mmap(None, SIZE, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_SHARED, zero, 0)
        if piece == FAILED:
            break
        ctypes.memset(piece, ord("x"), SIZE)
        libc.madvise(piece, SIZE, mmap.MADV_DONTNEED)
        if ctypes.string_at(piece + 4096, 1) != b"x":
            break
        touched += SIZE
except OSError:
    pass
print(f"ESCAPED: {touched >> 20} MiB kept out of sight" if touched > 512 << 20 else "blocked")
