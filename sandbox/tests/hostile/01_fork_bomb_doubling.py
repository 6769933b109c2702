# verdict: exit:0 | memory | cpu-limit | process-limit
# 1: every process forks in every round, 512 in all if nobody stops them.
# with: processes=16
import os
import time

for _ in range(9):
    try:
        os.fork()
    except OSError:
        pass
time.sleep(0.3)
