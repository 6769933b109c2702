# verdict: signal:6
# 26: an abort writes no core file, and is reported as what it is.
import os
import resource

# One byte is no core file either, and keeps the kernel from piping it to a collector.
if resource.getrlimit(resource.RLIMIT_CORE)[0] > 1:
    print("ESCAPED: core files are allowed", flush=True)
os.abort()
