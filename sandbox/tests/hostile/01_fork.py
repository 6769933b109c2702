# verdict: blocked; none: escaped
# 1: the first step of every fork bomb, where a program is one process.
import os

try:
    child = os.fork()
except OSError:
    print("blocked")
else:
    if child == 0:
        os._exit(0)
    print("ESCAPED: os.fork made a process")
