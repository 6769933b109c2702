# verdict: blocked | exit:0
# 40: makes the supervisor the owner of a pipe, and the kernel sends it a signal of choice at every write.
import fcntl
import os
import signal
import sys

facts = dict(line.split() for line in sys.stdin)
F_SETOWN, F_SETSIG = 8, 10
read, write = os.pipe()
try:
    fcntl.fcntl(read, F_SETSIG, int(signal.SIGUSR1))
    fcntl.fcntl(read, F_SETOWN, int(facts["pid"]))
    fcntl.fcntl(read, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    os.write(write, b"x")
except OSError:
    print("blocked")
# Otherwise the kernel checks at delivery and in silence: the runner listens for the signal.
