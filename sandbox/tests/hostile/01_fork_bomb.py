# verdict: blocked | process-limit
# 1: a fork bomb where a program may have sixteen processes; the children outlive their parent.
# with: processes=16
import os
import time

for _ in range(32):
    try:
        child = os.fork()
    except OSError:
        print("blocked")
        break
    if child == 0:
        time.sleep(30)
        os._exit(0)
else:
    print("ESCAPED: 32 processes where 16 may be")
