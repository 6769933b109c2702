# verdict: memory
# 4: one allocation that no limit can allow.
bytearray(64 << 30)
