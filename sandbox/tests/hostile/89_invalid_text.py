# verdict: exit:0
# 89: invalid UTF-8, a byte order mark, UTF-16 and half an emoji are bytes too.
import os

os.write(1, b"\xff\xfe\xc3\x28\xed\xa0\x80\xf0\x9f\x98")
os.write(2, "\ufeffd\u00e9j\u00e0 vu".encode("utf-16") + b"\x80" * 100)
