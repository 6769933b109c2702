# verdict: idle
# 13: a byte every few milliseconds, so that a supervisor which looks when nothing happens never looks.
# with: wall=2
import os
import time

for _ in range(10_000):
    os.write(2, b".")
    time.sleep(0.001)
print("ESCAPED: idled for 10 s")
