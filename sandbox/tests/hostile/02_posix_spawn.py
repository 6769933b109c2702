# verdict: blocked | violation; none: escaped
# 2: posix_spawn, which the C library builds on clone with CLONE_VFORK.
import os
import sys

try:
    os.posix_spawn(sys.executable, [sys.executable, "-c", "pass"], {})
except OSError:
    print("blocked")
else:
    print("ESCAPED: posix_spawn made a process")
