# verdict: idle | blocked | violation
# 14: a stopped process uses no processor time and never ends.
# with: wall=2
import os
import signal

try:
    os.kill(os.getpid(), signal.SIGSTOP)
except OSError:
    pass
print("blocked")
