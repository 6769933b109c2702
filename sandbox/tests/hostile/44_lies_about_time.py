# verdict: cpu-limit
# 44, 77: whatever the program tells itself about time, the supervisor's clocks decide.
import signal
import time

time.time = time.monotonic = time.perf_counter = time.process_time = lambda: 0.0
signal.alarm(0)
signal.setitimer(signal.ITIMER_REAL, 0)
signal.setitimer(signal.ITIMER_PROF, 0)
while time.process_time() < 0.5:
    pass
