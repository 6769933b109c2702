# verdict: blocked | process-limit
# 3: threads without end, with stacks so small that the address space does not stop them.
import os
import threading

threading.stack_size(32 << 10)
stay = threading.Event()
try:
    for _ in range(400):
        threading.Thread(target=stay.wait, daemon=True).start()
except (RuntimeError, MemoryError):
    os.write(1, b"blocked\n")
else:
    os.write(1, b"ESCAPED: 400 threads\n")
os._exit(0)
