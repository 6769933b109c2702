# verdict: cpu-limit; t0: exit:1
# 29: one orphan after another, whose processor time its parent never collects.
# with: processes=10 wall=60
import os
import time

for _ in range(10):
    read, write = os.pipe()
    if os.fork() == 0:
        if os.fork() == 0:
            os.close(read)
            while time.process_time() < 0.4:
                pass
        os._exit(0)
    os.wait()
    os.close(write)
    os.read(read, 1)
    os.close(read)
print("ESCAPED: 4 s of processor time")
