# verdict: idle
# 13: the first thread has ended and another one sleeps for ever.
# with: wall=2
import ctypes
import threading
import time

threading.Thread(target=time.sleep, args=(1e6,)).start()
ctypes.CDLL(None).syscall(60, 0)
