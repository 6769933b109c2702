# verdict: blocked | violation | signal:9
# 40: kill(-1, SIGKILL), but only from inside a pid namespace of its own.
import os
import signal

if os.getpid() < 10:
    try:
        os.kill(-1, signal.SIGKILL)
    except OSError:
        pass
print("blocked")
