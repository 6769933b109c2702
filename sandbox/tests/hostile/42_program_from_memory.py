# verdict: blocked | violation; none: escaped
# 42: a program that is no file: written to memory and executed from there.
import os

# The smallest honest program: exit(42), as an ELF file of one page.
CODE = bytes.fromhex("bf2a000000 b83c000000 0f05")
HEAD = bytes.fromhex(
    "7f454c46020101000000000000000000 02003e0001000000 7800400000000000 4000000000000000"
    "0000000000000000 00000000 4000 3800 0100 0000 0000 0000"
    "01000000 05000000 0000000000000000 0000400000000000 0000400000000000"
    "8400000000000000 8400000000000000 0010000000000000"
)
try:
    memory = os.memfd_create("program")
    os.write(memory, HEAD + CODE)
    print("ESCAPED: executes a program from memory", flush=True)
    os.execve(memory, ["program"], {})
except OSError:
    print("blocked")
