# verdict: signal:9 | exit:1 | violation
# 26, 57: a program that kills itself was not killed by a limit.
import os
import signal

os.kill(os.getpid(), signal.SIGKILL)
raise SystemExit(1)
