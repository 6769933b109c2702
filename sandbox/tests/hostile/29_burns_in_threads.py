# verdict: cpu-limit
# 29: the processor time of sixteen threads is added up.
# with: wall=30
import hashlib
import threading

block = bytes(8 << 20)


def burn():
    while True:
        hashlib.sha256(block)


for _ in range(16):
    threading.Thread(target=burn).start()
