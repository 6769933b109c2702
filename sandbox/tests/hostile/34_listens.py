# verdict: blocked | violation; none: escaped
# 34: offers a service on this machine.
import socket

try:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # Alone in a network of its own, even with loopback, it could reach only itself.
        socket.create_connection(listener.getsockname(), timeout=1)
    print("ESCAPED: listening")
except OSError:
    print("blocked")
