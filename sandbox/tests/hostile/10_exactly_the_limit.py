# verdict: exit:0
# 10: a correct program that writes exactly as much as it may.
import sys

sys.stdout.write("x" * (1 << 20))
