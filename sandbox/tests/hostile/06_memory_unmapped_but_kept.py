# verdict: memory | blocked; none: escaped
# 6: shared anonymous pages stay when a process gives up its view of them, but its resident set shrinks.
# with: cpu=10 wall=60
import mmap

kept, touched = [], 0
try:
    while touched < 1 << 30:
        piece = mmap.mmap(-1, 16 << 20)
        piece[:] = b"x" * len(piece)
        piece.madvise(mmap.MADV_DONTNEED)
        assert piece[4096] == ord("x")
        kept.append(piece)
        touched += len(piece)
    print("ESCAPED: 1 GiB kept out of sight")
except (OSError, MemoryError):
    print("blocked")
