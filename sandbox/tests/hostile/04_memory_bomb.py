# verdict: memory
# 4: memory that is touched, a piece at a time, far past the limit.
held = []
for _ in range(512):
    held.append(b"x" * (4 << 20))
print("ESCAPED: 2 GiB held")
