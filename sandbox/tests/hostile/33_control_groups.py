# verdict: blocked | violation
# 33: control groups, by which it could leave its own or run a release agent on the host.
import os

made = []
for root in ["/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/unified"]:
    try:
        os.mkdir(f"{root}/ra3-hostile")
        made.append(root)
        os.rmdir(f"{root}/ra3-hostile")
    except OSError:
        pass
    for name in ["cgroup.procs", "release_agent", "tasks"]:
        try:
            os.close(os.open(f"{root}/{name}", os.O_WRONLY))
            made.append(f"{root}/{name}")
        except OSError:
            pass
print(f"ESCAPED: {made}" if made else "blocked")
