# verdict: blocked | violation; none: escaped
# 2: vfork from machine code, past every wrapper of the C library.
import ctypes
import mmap

# mov eax, 58 (vfork); syscall; test eax, eax; jnz out; xor edi, edi; mov eax, 60 (exit); syscall; out: ret
CODE = bytes.fromhex("b83a000000 0f05 85c0 7509 31ff b83c000000 0f05 c3")
page = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(CODE)
vfork = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
print("blocked" if vfork() < 0 else "ESCAPED: vfork made a process")
