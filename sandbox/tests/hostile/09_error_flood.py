# verdict: exit:0
# 9: a flood of standard error is dropped, and the program's result stands.
import os

for _ in range(256):
    left = 1 << 16
    while left:
        left -= os.write(2, b"e" * left)
print("result")
