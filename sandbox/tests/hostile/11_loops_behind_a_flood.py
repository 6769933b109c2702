# verdict: cpu-limit
# 11: computes in one thread while another keeps the supervisor busy with output that it drops.
import hashlib
import os
import threading
import time


def flood():
    while True:
        os.write(2, b"." * 500)


threading.Thread(target=flood, daemon=True).start()
block = bytes(4 << 20)
while time.process_time() < 2.5:
    # Without the interpreter's lock, so that the other thread is never held up.
    hashlib.sha256(block)
print("ESCAPED: 2.5 s of processor time")
