# verdict: idle
# 13, 58: hangs while the interpreter ends.
# with: wall=2
import atexit
import time

atexit.register(time.sleep, 1e6)
print("result")
