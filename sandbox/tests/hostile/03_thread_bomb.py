# verdict: blocked | process-limit
# 3: threads without end, with stacks so small that the address space does not stop them. They stay
# for a moment: where the program runs as the supervisor's own user, only the supervisor counts them.
import os
import threading
import time

threading.stack_size(32 << 10)
stay = threading.Event()
try:
    for _ in range(400):
        threading.Thread(target=stay.wait, daemon=True).start()
except (RuntimeError, MemoryError):
    os.write(1, b"blocked\n")
else:
    time.sleep(1)
    os.write(1, b"ESCAPED: 400 threads\n")
os._exit(0)
