# verdict: blocked | violation; none: escaped
# 32: environment, arguments and memory of other processes, the supervisor and its pid 1 above all.
import os
import sys

facts = dict(line.split() for line in sys.stdin)
read = []
for pid in ["1", str(os.getppid()), facts["pid"]]:
    # In a pid namespace of its own the program may meet its own keeper, which holds no secrets.
    for name in ["environ", "maps", "mem", "fd/0"]:
        try:
            with open(f"/proc/{pid}/{name}", "rb") as file:
                if name == "mem" or file.read():
                    read.append(f"{pid}/{name}")
        except OSError:
            pass
print(f"ESCAPED: {read}" if read else "blocked")
