# verdict: cpu-limit; t0: exit:1
# 29: eight children that are each under the limit and together over it.
# with: processes=10 wall=60
import os
import time

for _ in range(8):
    if os.fork() == 0:
        while time.process_time() < 0.6:
            pass
        os._exit(0)
for _ in range(8):
    os.wait()
print("ESCAPED: 4.8 s of processor time")
