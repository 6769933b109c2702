# verdict: memory | blocked
# 6: shared pages of /dev/zero are shared memory without a file, under another name.
# with: cpu=10 wall=60
import mmap

kept, touched = [], 0
try:
    with open("/dev/zero", "r+b", buffering=0) as zero:
        while touched < 1 << 30:
            piece = mmap.mmap(zero.fileno(), 16 << 20, flags=mmap.MAP_SHARED)
            piece[:] = b"x" * len(piece)
            piece.madvise(mmap.MADV_DONTNEED)
            assert piece[4096] == ord("x")
            kept.append(piece)
            touched += len(piece)
    print("ESCAPED: 1 GiB kept out of sight")
except (OSError, MemoryError, ValueError):
    print("blocked")
