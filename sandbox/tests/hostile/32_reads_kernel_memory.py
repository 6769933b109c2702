# verdict: blocked | violation
# 32: memory of the kernel and its messages.
import os

opened = []
for name in ["/proc/kcore", "/dev/mem", "/dev/kmem", "/dev/port", "/proc/kallsyms", "/dev/kmsg"]:
    try:
        os.close(os.open(name, os.O_RDONLY | os.O_NONBLOCK))
        opened.append(name)
    except OSError:
        pass
print(f"ESCAPED: {opened}" if opened else "blocked")
