# verdict: blocked | violation; none: escaped
# 53: accelerators, virtual machines, disks and file systems in user space.
import os

HARMLESS = {"null", "zero", "full", "random", "urandom", "fd", "stdin", "stdout", "stderr", "shm"}
opened = []
try:
    names = os.listdir("/dev")
except OSError:
    names = []
names += ["kvm", "fuse", "mem", "vda", "sda", "nvidia0", "nvidiactl", "dri/card0", "net/tun", "vhost-net", "loop-control", "ptmx"]
for name in set(names) - HARMLESS:
    try:
        if os.path.isdir(f"/dev/{name}"):
            continue
        os.close(os.open(f"/dev/{name}", os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY))
        opened.append(name)
    except OSError:
        pass
print(f"ESCAPED: {sorted(opened)}" if opened else "blocked")
