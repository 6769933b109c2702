# verdict: cpu-limit
# 12: the soft limit's SIGXCPU is turned into an ordinary end with exit code 0.
import os
import signal

signal.signal(signal.SIGXCPU, lambda *_: os._exit(0))
while True:
    pass
