# verdict: blocked
# 4: a program may ask for too much, be refused, and go on honestly.
try:
    bytearray(64 << 30)
except MemoryError:
    print("blocked")
