# verdict: exit:0; t0: exit:1
# 16: what a child prints after the program's end is not part of its output.
# with: processes=8 quick
import os
import time

if os.fork() == 0:
    time.sleep(0.5)
    os.write(1, b"ESCAPED: printed after the end\n")
    os._exit(0)
print("result", flush=True)
os._exit(0)
