# verdict: blocked | output-limit
# 17: many files that are each small enough.
try:
    for number in range(128):
        with open(f"file{number}", "wb") as file:
            file.write(bytes(4 << 20))
    print("ESCAPED: 512 MiB written")
except OSError:
    print("blocked")
