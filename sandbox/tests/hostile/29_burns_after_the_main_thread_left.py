# verdict: cpu-limit
# 29: the first thread has ended and another one computes.
import ctypes
import threading
import time


def burn():
    while time.process_time() < 3:
        pass
    print("ESCAPED: 3 s of processor time", flush=True)


threading.Thread(target=burn).start()
ctypes.CDLL(None).syscall(60, 0)
