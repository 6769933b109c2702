# verdict: blocked | violation
# 42: system calls that no solution needs and that widen what a kernel bug can reach; one a part.
# with: parts=39
import ctypes
import errno
import os
import sys

facts = dict(line.split() for line in sys.stdin)
libc = ctypes.CDLL(None, use_errno=True)
room = ctypes.create_string_buffer(4096)
here = -100  # AT_FDCWD

# Arguments are such that even a privileged caller does no harm.
name, number, arguments = [
    ("io_uring_setup", 425, (1, room)),
    ("io_uring_enter", 426, (-1, 0, 0, 0, None, 0)),
    ("bpf", 321, (0, room, 72)),
    ("perf_event_open", 298, (room, 0, -1, -1, 0)),
    ("userfaultfd", 323, (0,)),
    ("userfaultfd for user mode", 323, (1,)),
    ("keyctl", 250, (0, -3, 1)),
    ("add_key", 248, (b"user", b"ra3", b"x", 1, -3)),
    ("request_key", 249, (b"user", b"ra3", None, -3)),
    ("kexec_load", 246, (0, 0, None, 0)),
    ("kexec_file_load", 320, (-1, -1, 0, None, 0)),
    ("init_module", 175, (room, 0, b"")),
    ("finit_module", 313, (-1, b"", 0)),
    ("delete_module", 176, (b"ra3-no-such-module", 0)),
    ("name_to_handle_at", 303, (here, b".", room, room, 0)),
    ("open_by_handle_at", 304, (here, room, 0)),
    ("quotactl", 179, (0x800007 << 8, b"none", 0, room)),
    ("swapon", 167, (b"ra3-no-such-file", 0)),
    ("swapoff", 168, (b"ra3-no-such-file",)),
    ("reboot", 169, (0xFEE1DEAD, 672274793, 0, None)),
    ("acct", 163, (b"ra3-no-such-file",)),
    ("iopl", 172, (0,)),
    ("ioperm", 173, (0x80, 1, 0)),
    ("modify_ldt", 154, (0, room, 16)),
    ("vmsplice", 278, (-1, None, 0, 0)),
    ("personality", 135, (0x0040000,)),
    ("syslog", 103, (10, None, 0)),
    ("sethostname", 170, (room, 0)),
    ("setdomainname", 171, (room, 0)),
    ("fanotify_init", 300, (0, 0)),
    ("lookup_dcookie", 212, (0, room, 16)),
    ("migrate_pages", 256, (0, 0, None, None)),
    ("memfd_secret", 447, (0,)),
    ("process_madvise", 440, (-1, None, 0, 4, 0)),
    ("process_mrelease", 448, (-1, 0)),
    ("vhangup", 153, ()),
    ("mq_open", 240, (b"ra3-hostile", 0o102, 0o600, None)),
    ("semget", 64, (0, 1, 0o600)),
    ("msgget", 68, (0, 0o600)),
][int(facts["part"])]
# quotactl's command is Q_SYNC, reboot's last word is no command, personality is ADDR_NO_RANDOMIZE.
REFUSALS = (errno.EPERM, errno.ENOSYS, errno.EACCES)
result = libc.syscall(number, *arguments)
if result < 0 and ctypes.get_errno() in REFUSALS:
    print("blocked")
else:
    # Any other error comes from the call itself: the kernel had begun to work.
    print(f"ESCAPED: {name} said {errno.errorcode.get(ctypes.get_errno(), result)}")
