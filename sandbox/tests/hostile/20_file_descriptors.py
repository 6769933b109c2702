# verdict: blocked
# 20: opens files until there are no descriptors left.
held = []
try:
    for _ in range(400):
        held.append(open("main.py"))
except OSError:
    print("blocked")
else:
    print("ESCAPED: 400 open files")
