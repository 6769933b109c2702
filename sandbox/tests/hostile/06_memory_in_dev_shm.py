# verdict: blocked | memory | output-limit; none: escaped
# 6: memory in the shared memory folder.
import os

names = [f"/dev/shm/ra3-hostile-fill{number}" for number in range(64)]
written = 0
try:
    for name in names:
        with open(name, "wb") as file:
            written += file.write(bytes(1 << 20))
except OSError:
    pass
for name in names:
    if os.path.exists(name):
        os.remove(name)
print("ESCAPED: 64 MiB in /dev/shm" if written == 64 << 20 else "blocked")
