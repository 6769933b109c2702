# verdict: blocked | output-limit | signal:25
# 19: a file of 1 TiB that holds nothing.
import os

try:
    with open("sparse", "wb") as file:
        os.truncate(file.fileno(), 1 << 40)
    print("ESCAPED: a file of 1 TiB")
except OSError:
    print("blocked")
