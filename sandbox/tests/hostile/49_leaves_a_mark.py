# verdict: blocked | violation
# 49, 47: leaves a mark everywhere; the next run must find none of them.
# with: parts=2
import os
import socket

MARK = "ra3-hostile-left"
folders = [".", "..", "/tmp", "/var/tmp", "/dev/shm", "/run", "/dev/mqueue", os.path.expanduser("~")]
found = [folder for folder in folders if os.path.exists(f"{folder}/{MARK}")]
for folder in folders:
    try:
        open(f"{folder}/{MARK}", "x").close()
    except OSError:
        pass
try:
    if socket.gethostname() == MARK:
        found.append("host name")
    socket.sethostname(MARK)
except OSError:
    pass
print(f"ESCAPED: {found}" if found else "blocked")
