# verdict: blocked | violation
# 39: reads, writes, traces and borrows from another process; one way a part.
# with: parts=10
import ctypes
import sys

facts = dict(line.split() for line in sys.stdin)
pid = int(facts["pid"])
libc = ctypes.CDLL(None, use_errno=True)
buffer = ctypes.create_string_buffer(4096)
piece = (ctypes.c_uint64 * 2)(ctypes.addressof(buffer), 0)
PTRACE_SEIZE, PTRACE_TRACEME = 0x4206, 0
own = libc.syscall(434, libc.getpid(), 0)

# Each would do no harm where it succeeds: nothing is read, written, stopped or killed.
name, number, arguments = [
    ("ptrace seize", 101, (PTRACE_SEIZE, pid, None, None)),
    ("ptrace traceme", 101, (PTRACE_TRACEME, 0, None, None)),
    ("process_vm_readv", 310, (pid, piece, 1, piece, 1, 0)),
    ("process_vm_writev", 311, (pid, piece, 1, piece, 1, 0)),
    ("pidfd_open", 434, (pid, 0)),
    ("pidfd_getfd", 438, (own, 0, 0)),
    ("kcmp", 312, (pid, pid, 0, 0, 0)),
    ("get_robust_list", 274, (pid, buffer, ctypes.byref(buffer, 8))),
    ("move_pages", 279, (pid, 0, None, None, None, 0)),
    ("rt_tgsigqueueinfo", 297, (pid, pid, 0, None)),
][int(facts["part"])]
result = libc.syscall(number, *arguments)
print("blocked" if result < 0 else f"ESCAPED: {name}")
