# verdict: output-limit
# 8: more on the report channel than is kept ends the program, as too much output does.
# with: report=1000
import os

for _ in range(64):
    left = 1 << 16
    while left:
        left -= os.write(3, b"r" * left)
