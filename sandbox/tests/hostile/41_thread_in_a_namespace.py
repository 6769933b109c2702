# verdict: blocked | violation
# 41: clone with CLONE_THREAD may pass a filter that forbids processes; it may not carry a new namespace.
import ctypes
import mmap

# mov eax, 56 (clone); xor esi, esi; xor edx, edx; xor r10d, r10d; xor r8d, r8d; syscall;
# test eax, eax; jnz out; xor edi, edi; mov eax, 60 (exit, of this thread); syscall; out: ret
CODE = bytes.fromhex("b838000000 31f6 31d2 4531d2 4531c0 0f05 85c0 7509 31ff b83c000000 0f05 c3")
VM, SIGHAND, THREAD, NEWNET, NEWUTS = 0x100, 0x800, 0x1_0000, 0x4000_0000, 0x0400_0000
page = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(CODE)
clone = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
result = max(clone(VM | SIGHAND | THREAD | new) for new in (NEWNET, NEWUTS))
print("blocked" if result < 0 else "ESCAPED: a thread in a namespace of its own")
