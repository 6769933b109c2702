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
    # Where programs share a user the kernel leaves room for all of them, and it is the supervisor's
    # look that ends this one: that takes a moment, but no longer.
    time.sleep(30)
    print("ESCAPED: 32 processes where 16 may be, for good")
