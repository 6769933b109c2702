# verdict: blocked | violation
# 37: a device node of its own is as good as the one in /dev.
import os
import stat

made = []
for name, kind, device in [("mem", stat.S_IFCHR, (1, 1)), ("kmsg", stat.S_IFCHR, (1, 11)), ("disk", stat.S_IFBLK, (254, 0)), ("disk2", stat.S_IFBLK, (8, 0))]:
    try:
        os.mknod(name, kind | 0o600, os.makedev(*device))
        made.append(name)
    except OSError:
        pass
print(f"ESCAPED: {made}" if made else "blocked")
