# verdict: blocked | output-limit | signal:25
# 17: one file past the limit on the size of a file.
written = 0
try:
    with open("file", "wb", buffering=0) as file:
        for _ in range(64):
            written += file.write(bytes(1 << 20))
except OSError:
    pass
print("ESCAPED: 64 MiB in one file" if written == 64 << 20 else "blocked")
