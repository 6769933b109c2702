# verdict: blocked | violation; none: escaped
# 34: a Unix socket with a file: container engines and buses listen on such.
import socket
import sys

facts = dict(line.split() for line in sys.stdin)
reached = []
for path in [facts["socket"], "/run/docker.sock", "/run/dbus/system_bus_socket", "/dev/log"]:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        try:
            socket.socket(socket.AF_UNIX, kind).connect(path)
            reached.append(path)
        except OSError:
            pass
print(f"ESCAPED: {reached}" if reached else "blocked")
