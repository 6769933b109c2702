# verdict: blocked | violation
# 38: holds no privilege, can gain none, and runs under no_new_privs and a filter.
import ctypes

CAPGET, VERSION_3 = 125, 0x20080522
PR_GET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET = 39, 47, 1
libc = ctypes.CDLL(None, use_errno=True)
found = []

header = (ctypes.c_uint32 * 2)(VERSION_3, 0)
sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; low words, then high ones
if libc.syscall(CAPGET, header, sets) == 0:
    found += [f"capabilities {word:#x}" for word in sets if word]
# A filter may refuse the questions themselves; only an answer tells anything.
if libc.prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0:
    found.append("new privileges")
if any(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, n, 0, 0) == 1 for n in range(41)):
    found.append("ambient capabilities")
print(f"ESCAPED: {found}" if found else "blocked")
