# verdict: idle
# 13: sleeps for ever.
# with: wall=2
import time

time.sleep(1e6)
