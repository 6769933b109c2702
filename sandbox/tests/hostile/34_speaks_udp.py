# verdict: blocked | violation; none: escaped
# 34: datagrams are not connections; a filter for TCP lets them pass.
import socket
import sys

facts = dict(line.split() for line in sys.stdin)
try:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as speaker:
        speaker.sendto(b"x", ("127.0.0.1", int(facts["port"])))
    print("ESCAPED: a datagram was sent")
except OSError:
    print("blocked")
