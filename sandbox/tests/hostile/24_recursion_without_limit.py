# verdict: memory | signal:11 | exit:1 | cpu-limit
# 24: recursion without end where the interpreter's limit was lifted.
# with: cpu=10 wall=60
import sys

sys.setrecursionlimit(2**31 - 1)


def descend():
    return descend()


descend()
