# verdict: memory | cpu-limit
# 4: a program that asks again and again after every refusal.
held = []
while len(held) < 1024:
    try:
        held.append(b"x" * (2 << 20))
    except MemoryError:
        pass
print("ESCAPED: 2 GiB held")
