# verdict: cpu-limit; t0: exit:1
# 29: one child after another, so that there is never one that has used much.
# with: processes=10 wall=60
import os
import time

for _ in range(10):
    child = os.fork()
    if child == 0:
        while time.process_time() < 0.4:
            pass
        os._exit(0)
    os.waitpid(child, 0)
print("ESCAPED: 4 s of processor time")
