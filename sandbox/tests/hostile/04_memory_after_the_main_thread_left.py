# verdict: memory
# 4: when the first thread of a process has ended, the kernel says that the process holds no memory.
# with: cpu=10 wall=60
import ctypes
import os
import threading
import time

EXIT = 60  # of one thread, where exit_group would be of all


def hold():
    time.sleep(0.3)
    held = []
    for _ in range(64):
        held.append(b"x" * (10 << 20))
    time.sleep(0.5)
    os.write(1, b"ESCAPED: 640 MiB held\n")
    os._exit(0)


threading.Thread(target=hold).start()
ctypes.CDLL(None).syscall(EXIT, 0)
