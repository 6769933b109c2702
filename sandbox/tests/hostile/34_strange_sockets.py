# verdict: blocked | violation
# 34: netlink, packet, raw, vsock, kernel crypto and whatever other family there is; one a part.
# with: parts=9
import socket
import sys

facts = dict(line.split() for line in sys.stdin)
FAMILIES = [
    ("netlink", 16, socket.SOCK_RAW, 0),
    ("netlink audit", 16, socket.SOCK_RAW, 9),
    ("packet", 17, socket.SOCK_RAW, 0x0300),
    ("raw", 2, socket.SOCK_RAW, 1),
    ("ping", 2, socket.SOCK_DGRAM, 1),
    ("vsock", 40, socket.SOCK_STREAM, 0),
    ("crypto", 38, socket.SOCK_SEQPACKET, 0),
    ("ipv6", 10, socket.SOCK_DGRAM, 0),
    ("bluetooth", 31, socket.SOCK_RAW, 1),
]
name, family, kind, protocol = FAMILIES[int(facts["part"])]
try:
    socket.socket(family, kind, protocol)
    print(f"ESCAPED: a {name} socket")
except OSError:
    print("blocked")
