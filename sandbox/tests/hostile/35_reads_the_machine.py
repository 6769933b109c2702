# verdict: blocked | violation; none: escaped
# 32, 35: accounts, keys, homes and logs.
import os

read = []
for path in [
    "/etc/passwd", "/etc/shadow", "/etc/hostname", "/etc/machine-id", "/etc/ssh", "/root", "/home",
    "/root/.ssh", "/var/log", "/var/lib", "/run", "/srv", "/boot", "/proc/1/root", "/tmp",
]:
    try:
        if os.path.exists(path) and os.path.samefile(path, "."):
            continue
        if os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1):
            read.append(path)
    except OSError:
        pass
print(f"ESCAPED: {read}" if read else "blocked")
