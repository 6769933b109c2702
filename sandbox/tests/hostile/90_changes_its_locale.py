# verdict: exit:0
# 90: text and time are the same for every program, whatever locale it asks for.
import locale
import os
import sys
import time

for name in ["tr_TR.UTF-8", "de_DE.ISO-8859-1", "xx_XX"]:
    try:
        locale.setlocale(locale.LC_ALL, name)
    except locale.Error:
        pass
assert sys.stdout.encoding == "utf-8"
assert time.localtime(0).tm_hour == 0
assert open("note", "w").encoding.lower() in ("utf-8", "iso-8859-1", "iso8859-1")
os.environ["TZ"] = "Asia/Tokyo"
time.tzset()
