# verdict: memory
# 4: holds too much memory while it keeps the supervisor busy with output that it drops.
# with: cpu=10 wall=60
import os
import threading
import time


def flood():
    while True:
        os.write(2, b".")
        time.sleep(0.002)


threading.Thread(target=flood, daemon=True).start()
time.sleep(0.2)
held = []
for _ in range(64):
    held.append(b"x" * (10 << 20))
time.sleep(1)
print("ESCAPED: 640 MiB held")
