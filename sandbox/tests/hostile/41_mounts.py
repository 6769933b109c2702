# verdict: blocked | violation
# 41: changes what is mounted where, by the old calls and the new ones; one a part.
# with: parts=11
import ctypes
import os
import sys

facts = dict(line.split() for line in sys.stdin)
os.mkdir("m")
libc = ctypes.CDLL(None, use_errno=True)
MS_BIND, MS_REMOUNT, AT_FDCWD = 4096, 32, -100
name, number, arguments = [
    ("mount tmpfs", 165, (b"none", b"m", b"tmpfs", 0, None)),
    ("bind", 165, (b"/", b"m", None, MS_BIND, None)),
    ("remount", 165, (None, b"/", None, MS_REMOUNT | MS_BIND, None)),
    ("umount", 166, (b"/", 2)),
    ("pivot_root", 155, (b".", b"m")),
    ("chroot", 161, (b".",)),
    ("open_tree", 428, (AT_FDCWD, b"/", 1)),
    ("move_mount", 429, (AT_FDCWD, b"/", AT_FDCWD, b"m", 0)),
    ("fsopen", 430, (b"tmpfs", 0)),
    ("fspick", 433, (AT_FDCWD, b"/", 0)),
    ("mount_setattr", 442, (AT_FDCWD, b"/", 0, ctypes.create_string_buffer(32), 32)),
][int(facts["part"])]
result = libc.syscall(number, *arguments)
print("blocked" if result < 0 else f"ESCAPED: {name}")
