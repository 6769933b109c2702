# verdict: exit:0 | exit:1 | cpu-limit | output-limit
# 22: folders nested so deeply that a recursive removal runs out of stack or descriptors.
import os

for _ in range(20_000):
    os.mkdir("d")
    os.chdir("d")
