# verdict: signal:6; t1: signal:11
# 26: an abort writes no core file. (Process 1 of a namespace ignores its own SIGABRT, and glibc then ends it by an illegal instruction.)
import os
import resource

# One byte is no core file either, and keeps the kernel from piping it to a collector.
if resource.getrlimit(resource.RLIMIT_CORE)[0] > 1:
    print("ESCAPED: core files are allowed", flush=True)
os.abort()
