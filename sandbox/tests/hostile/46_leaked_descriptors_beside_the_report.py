# verdict: blocked
# 46, 60: descriptor 3 is the report, and there is nothing above it.
# with: report=100
import os

found = []
os.fstat(3)
for number in range(4, 1024):
    try:
        os.fstat(number)
        found.append(number)
    except OSError:
        pass
print(f"ESCAPED: descriptors {found}" if found else "blocked")
