# verdict: blocked | violation; none: escaped
# 35, 67: reads a file of the supervisor whose path it knows, such as expected outputs.
import os
import sys

facts = dict(line.split() for line in sys.stdin)
secret = facts["secret"]
read = []
for path in [secret, "../" * 40 + secret[1:], f"/proc/self/root{secret}", f"/proc/self/cwd/../../../../..{secret}"]:
    try:
        os.close(os.open(path, os.O_RDONLY))
        read.append(path)
    except OSError:
        pass
try:
    read += os.listdir(os.path.dirname(secret))
except OSError:
    pass
print(f"ESCAPED: {read}" if read else "blocked")
