# verdict: blocked | violation | memory; none: escaped
# 6: memory in files without a name, which no process's resident set shows.
import os

kept, written = [], 0
try:
    while written < 512 << 20:
        kept.append(os.memfd_create("kept"))
        for _ in range(4):
            written += os.write(kept[-1], bytes(1 << 20))
        if len(kept) == 40:
            kept.clear()
            print(f"ESCAPED: {written >> 20} MiB in memory files")
            break
except OSError:
    print("blocked")
