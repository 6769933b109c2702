# verdict: blocked | violation; none: escaped
# 32: lists what else runs on the machine.
import os

try:
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
except OSError:
    pids = []
seen = []
for pid in pids:
    try:
        if pid != os.getpid() and open(f"/proc/{pid}/cmdline", "rb").read():
            seen.append(pid)
    except OSError:
        pass
print(f"ESCAPED: {len(seen)} processes" if len(seen) > 2 else "blocked")
