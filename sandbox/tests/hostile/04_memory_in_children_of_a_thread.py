# verdict: memory; t0: exit:1
# 4: the kernel lists a child under the thread that made it, where a supervisor may not look.
# with: processes=20
import os
import threading
import time

children = []


def fork_and_hold():
    child = os.fork()
    if child == 0:
        held = b"x" * (120 << 20)
        time.sleep(3)
        os._exit(len(held) == 0)
    children.append(child)
    time.sleep(4)


for _ in range(6):
    threading.Thread(target=fork_and_hold, daemon=True).start()
time.sleep(3)
# One that was killed holds nothing.
if [os.waitpid(child, os.WNOHANG) for child in children] == 6 * [(0, 0)]:
    os.write(1, b"ESCAPED: 720 MiB held\n")
os._exit(1)
