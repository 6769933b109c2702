# verdict: exit:0; t0: exit:1
# honest: pages that four children share with their parent are there once, not five times.
# with: processes=8
import os
import time

held = b"x" * (120 << 20)
children = []
for _ in range(4):
    pid = os.fork()
    if pid == 0:
        time.sleep(0.5)
        os._exit(held[0] != ord("x"))
    children.append(pid)
assert all(os.waitpid(pid, 0)[1] == 0 for pid in children)
