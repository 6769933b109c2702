# verdict: signal:6
# 26: an abort writes no core file, and is reported as what it is.
import os
import resource

if resource.getrlimit(resource.RLIMIT_CORE)[0] != 0:
    print("ESCAPED: core files are allowed", flush=True)
os.abort()
