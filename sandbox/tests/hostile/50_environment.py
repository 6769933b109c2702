# verdict: blocked
# 50, 90, 32: sees a pinned environment, and nothing of the supervisor's.
import os
import sys
import time

EXPECTED = {"PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "PWD", "PYTHONHASHSEED"}
extra = {name for name in os.environ if name not in EXPECTED and not name.endswith("_NUM_THREADS")}
secret = [name for name, value in os.environ.items() if "secret" in value or "SECRET" in name]
wrong = []
if extra or secret:
    wrong.append(f"variables {sorted(extra | set(secret))}")
if any(name in os.environ for name in ("LD_PRELOAD", "PYTHONPATH", "PYTHONSTARTUP")):
    wrong.append("code from elsewhere")
if time.tzname != ("UTC", "UTC") or time.timezone:
    wrong.append(f"time zone {time.tzname}")
if sys.stdout.encoding != "utf-8" or sys.getfilesystemencoding() != "utf-8":
    wrong.append(f"encoding {sys.stdout.encoding}")
if len(sys.argv) != 1:
    wrong.append(f"arguments {sys.argv}")
print(f"ESCAPED: {wrong}" if wrong else "blocked")
