# verdict: exit:0
# 5: a reservation of 1 TiB that is never touched may be refused but is no memory used.
import mmap

try:
    mmap.mmap(-1, 1 << 40, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000)  # MAP_NORESERVE
except (OSError, MemoryError):
    pass
mmap.mmap(-1, 1 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
