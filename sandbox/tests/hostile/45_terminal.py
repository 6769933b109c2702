# verdict: blocked | violation
# 45: types into the terminal that the supervisor was started from.
import fcntl
import os

TIOCSTI, TIOCLINUX = 0x5412, 0x541C
reached = []
for number in range(3):
    if os.isatty(number):
        reached.append(f"descriptor {number} is a terminal")
    for request in (TIOCSTI, TIOCLINUX):
        try:
            fcntl.ioctl(number, request, b" ")
            reached.append(f"{request:#x} on {number}")
        except OSError:
            pass
for name in ["/dev/tty", "/dev/tty0", "/dev/console", "/dev/ptmx", "/dev/pts/0"]:
    try:
        os.close(os.open(name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK))
        reached.append(name)
    except OSError:
        pass
print(f"ESCAPED: {reached}" if reached else "blocked")
