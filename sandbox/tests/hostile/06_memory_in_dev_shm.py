# verdict: blocked | memory | output-limit; none: escaped
# 6: memory in the shared memory folder.
import os

try:
    with open("/dev/shm/ra3-hostile-fill", "wb") as file:
        for _ in range(128):
            file.write(bytes(1 << 20))
    print("ESCAPED: 128 MiB in /dev/shm")
    os.remove("/dev/shm/ra3-hostile-fill")
except OSError:
    print("blocked")
