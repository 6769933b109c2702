# verdict: blocked | violation; none: escaped
# 33: what hardware and what neighbours there are.
import os

listed = []
for folder in ["/sys", "/sys/class", "/sys/block", "/sys/fs/cgroup", "/sys/kernel"]:
    try:
        if os.listdir(folder):
            listed.append(folder)
    except OSError:
        pass
print(f"ESCAPED: {listed}" if listed else "blocked")
