# verdict: blocked | violation
# 28: a real-time loop would keep everyone else from a processor.
import os

taken = []
for name in ("SCHED_FIFO", "SCHED_RR"):
    try:
        os.sched_setscheduler(0, getattr(os, name), os.sched_param(1))
        taken.append(name)
    except OSError:
        pass
try:
    os.nice(-10)
    taken.append("nice")
except OSError:
    pass
print(f"ESCAPED: {taken}" if taken else "blocked")
