# verdict: blocked | violation | signal:9
# 40, 86: kills its keeper, if it has one, to make the supervisor believe that it failed itself.
import os
import signal
import time

if os.getpid() < 10 and os.getppid() > 0:
    for deadly in (signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP):
        try:
            os.kill(os.getppid(), deadly)
        except OSError:
            pass
    time.sleep(0.1)
print("blocked")
