# verdict: memory
# 4: many small objects, as an endless list makes them.
# with: cpu=10 wall=60
held = []
while len(held) < 40_000_000:
    held.append([len(held)])
print("ESCAPED: 4 GiB held")
