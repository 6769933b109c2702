# verdict: blocked | violation | exit:nonzero
# 52: becomes a shell, and reaches no further than before.
import os
import sys

facts = dict(line.split() for line in sys.stdin)
script = f'cat "{facts["secret"]}" && echo ESCAPED; echo > /tmp/ra3-hostile-mark; exit 7'
try:
    os.execve("/bin/sh", ["sh", "-c", script], {"PATH": "/usr/bin:/bin"})
except OSError:
    print("blocked")
