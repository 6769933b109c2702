# verdict: violation | blocked
# 43: the same calls under the numbers of the x32 ABI, which a filter by number does not know; one a part.
# with: parts=4
import ctypes
import os
import sys

facts = dict(line.split() for line in sys.stdin)
X32 = 0x4000_0000
name, number = [("getpid", 39), ("fork", 57), ("socket", 41), ("ptrace", 521)][int(facts["part"])]
libc = ctypes.CDLL(None, use_errno=True)
result = libc.syscall(ctypes.c_long(number | X32), 1, 1, 0, 0)
if result == 0 and name == "fork":
    os._exit(0)
print("blocked" if result < 0 else f"ESCAPED: {name} by its x32 number")
