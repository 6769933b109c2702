# verdict: blocked | violation
# 35, 68: opens the interpreter and its library for writing; never writes.
import os
import sys

opened = []
for path in [sys.executable, os.path.realpath(sys.executable), os.__file__, "/bin/sh", "/etc/ld.so.preload", "/etc/ld.so.cache"]:
    try:
        os.close(os.open(path, os.O_RDWR))
        opened.append(path)
    except OSError:
        pass
print(f"ESCAPED: {opened}" if opened else "blocked")
