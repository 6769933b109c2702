# check: time_limit, early_exit, output_limit
import os

while True:
    os.write(3, b"T" * 65536)
