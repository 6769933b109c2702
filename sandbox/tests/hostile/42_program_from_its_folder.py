# verdict: blocked | violation | exit:42
# 42, 57: a program that it wrote itself runs under the same limits, or not at all.
import os

CODE = bytes.fromhex("bf2a000000 b83c000000 0f05")
HEAD = bytes.fromhex(
    "7f454c46020101000000000000000000 02003e0001000000 7800400000000000 4000000000000000"
    "0000000000000000 00000000 4000 3800 0100 0000 0000 0000"
    "01000000 05000000 0000000000000000 0000400000000000 0000400000000000"
    "8400000000000000 8400000000000000 0010000000000000"
)
try:
    with open("program", "wb") as file:
        file.write(HEAD + CODE)
    os.chmod("program", 0o700)
    os.execv("./program", ["program"])
except OSError:
    print("blocked")
