# verdict: signal:11 | exit:1
# 25: recursion through C frames overflows the real stack.
import sys

sys.setrecursionlimit(2**31 - 1)


class Endless:
    def __repr__(self):
        return repr([self])


repr(Endless())
