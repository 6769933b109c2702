# verdict: blocked | violation
# 34: the address where clouds hand out credentials, and a name server.
import socket

reached = []
for address in ["169.254.169.254", "8.8.8.8"]:
    try:
        caller = socket.socket()
        caller.setblocking(False)
        caller.connect((address, 80))
        reached.append(address)
    except BlockingIOError:
        reached.append(f"{address} (on its way)")
    except OSError:
        pass
print(f"ESCAPED: {reached}" if reached else "blocked")
