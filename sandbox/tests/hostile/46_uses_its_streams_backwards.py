# verdict: blocked
# 46, 60: reads what it wrote, writes its input, and reopens its streams to get more of them.
import os

done = []
for name, act in [
    ("read the output", lambda: os.read(1, 1)),
    ("read the errors", lambda: os.read(2, 1)),
    ("write the input", lambda: os.write(0, b"x")),
    ("reopen the output", lambda: os.read(os.open("/proc/self/fd/1", os.O_RDONLY | os.O_NONBLOCK), 1)),
    ("reopen the input", lambda: os.write(os.open("/proc/self/fd/0", os.O_WRONLY | os.O_NONBLOCK), b"x")),
]:
    try:
        act()
        done.append(name)
    except OSError:
        pass
print(f"ESCAPED: {done}" if done else "blocked")
