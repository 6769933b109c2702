# verdict: blocked | violation
# 32: opens for writing what decides over the whole machine; never writes.
import os

opened = []
for name in [
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/modprobe",
    "/proc/sys/kernel/hostname",
    "/proc/sys/vm/overcommit_memory",
    "/proc/sysrq-trigger",
    "/proc/kcore",
    "/dev/kmsg",
    "/sys/kernel/uevent_helper",
]:
    try:
        os.close(os.open(name, os.O_WRONLY))
        opened.append(name)
    except OSError:
        pass
print(f"ESCAPED: {opened}" if opened else "blocked")
