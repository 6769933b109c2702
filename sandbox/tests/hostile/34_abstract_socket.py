# verdict: blocked | violation; none: escaped
# 34: abstract Unix sockets have no file, so that no rule about files holds them.
import socket
import sys

facts = dict(line.split() for line in sys.stdin)
try:
    caller = socket.socket(socket.AF_UNIX)
    caller.connect("\0" + facts["abstract"])
    print("ESCAPED: connected")
except ConnectionRefusedError:
    # A name space of its own, where nobody has that name.
    print("blocked")
except OSError:
    print("blocked")
