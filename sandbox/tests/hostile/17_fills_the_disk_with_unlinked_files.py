# verdict: blocked | output-limit
# 17: files that have no name any more take room which no walk over the folder finds.
import os
import time

kept = []
try:
    for number in range(40):
        kept.append(open("file", "wb", buffering=0))
        os.remove("file")
        kept[-1].write(bytes(4 << 20))
        time.sleep(0.01)
    print("ESCAPED: 160 MiB written")
except OSError:
    print("blocked")
