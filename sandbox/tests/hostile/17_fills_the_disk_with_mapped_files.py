# verdict: blocked | output-limit
# 17: a file that is mapped stays when it has neither a name nor a descriptor any more.
import mmap
import os
import time

kept = []
try:
    for number in range(40):
        with open("file", "wb", buffering=0) as file:
            file.write(bytes(4 << 20))
        with open("file", "rb") as file:
            kept.append(mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ, flags=mmap.MAP_PRIVATE))
        os.remove("file")
        time.sleep(0.01)
    print("ESCAPED: 160 MiB written")
except OSError:
    print("blocked")
