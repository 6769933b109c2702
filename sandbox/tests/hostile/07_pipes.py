# verdict: blocked
# 7: kernel memory in the buffers of very many pipes.
import os

held = 0
try:
    for _ in range(600):
        read, write = os.pipe()
        os.set_blocking(write, False)
        held += os.write(write, bytes(64 << 10))
except OSError:
    pass
print(f"ESCAPED: {held >> 20} MiB in pipes" if held > 16 << 20 else "blocked")
