# verdict: blocked
# 46: writes into every descriptor that it was not given. The runner has some that would be inherited.
import os

found = []
for number in range(3, 1024):
    try:
        os.fstat(number)
    except OSError:
        continue
    found.append(number)
    try:
        os.write(number, b"ESCAPED")
    except OSError:
        pass
print(f"ESCAPED: descriptors {found}" if found else "blocked")
