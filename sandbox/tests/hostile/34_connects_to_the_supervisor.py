# verdict: blocked | violation; none: escaped
# 34: connects to a service on this machine, such as the judge's own.
import socket
import sys

facts = dict(line.split() for line in sys.stdin)
try:
    socket.create_connection(("127.0.0.1", int(facts["port"])), timeout=1)
    print("ESCAPED: connected")
except ConnectionRefusedError:
    print("ESCAPED: the network answered")
except OSError:
    print("blocked")
