# verdict: memory; t0: exit:1
# 4: eight processes that are each under the limit and together far over it.
# with: processes=10
import os
import time

for _ in range(8):
    if os.fork() == 0:
        held = b"x" * (120 << 20)
        time.sleep(5)
        os._exit(len(held) == 0)
for _ in range(8):
    os.wait()
print("ESCAPED: 960 MiB held")
