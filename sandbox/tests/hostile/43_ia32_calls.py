# verdict: violation | signal:11 | blocked; none: escaped | signal:11
# 43: int 0x80 enters the kernel by the 32-bit table, where number 20 is getpid and not writev.
import ctypes
import mmap

# mov eax, 20; xor ebx, ebx; int 0x80; ret, with rbx kept on the stack
CODE = bytes.fromhex("53 b814000000 31db cd80 5b c3")
page = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(CODE)
call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
result = call()
print("blocked" if result < 0 else f"ESCAPED: getpid by int 0x80 said {result}")
