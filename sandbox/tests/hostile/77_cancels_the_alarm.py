# verdict: idle
# 77: sleeps through every timer that could wake it.
# with: wall=2
import signal
import time

for number in range(1, signal.NSIG):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True:
    signal.alarm(0)
    time.sleep(0.05)
