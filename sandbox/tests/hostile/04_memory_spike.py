# verdict: memory
# 4: more than the limit for a moment only, to slip between two looks of the supervisor.
import mmap

with mmap.mmap(-1, 400 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as spike:
    for offset in range(0, len(spike), 4096):
        spike[offset] = 1
print("ESCAPED: the spike went unseen")
