# verdict: output-limit
# 8: `yes`.
import sys

for _ in range(1 << 10):
    sys.stdout.write("y\n" * (1 << 15))
sys.stderr.write("ESCAPED: 64 MiB written\n")
