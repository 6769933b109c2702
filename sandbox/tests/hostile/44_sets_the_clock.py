# verdict: blocked | violation
# 44: sets the machine's clock to what it is, to a hair; one way a part.
# with: parts=4
import ctypes
import sys
import time

facts = dict(line.split() for line in sys.stdin)
libc = ctypes.CDLL(None, use_errno=True)
now = time.time()
ADJ_TICK, TICK = 0x4000, 10_000  # the length that a tick has anyway
timex = (ctypes.c_int64 * 26)(ADJ_TICK)
timex[11] = TICK
name, number, arguments = [
    ("clock_settime", 227, (0, (ctypes.c_int64 * 2)(int(now), int(now % 1 * 1e9)))),
    ("settimeofday", 164, ((ctypes.c_int64 * 2)(int(now), int(now % 1 * 1e6)), None)),
    ("adjtimex", 159, (timex,)),
    ("clock_adjtime", 305, (0, timex)),
][int(facts["part"])]
result = libc.syscall(number, *arguments)
print("blocked" if result < 0 else f"ESCAPED: {name}")
