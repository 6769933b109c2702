# verdict: blocked | output-limit | cpu-limit
# 18: empty files take no bytes but fill the table of inodes.
try:
    for number in range(100_000):
        open(f"file{number}", "w").close()
    print("ESCAPED: 100,000 files")
except OSError:
    print("blocked")
