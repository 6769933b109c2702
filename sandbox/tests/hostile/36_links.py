# verdict: blocked | violation; none: escaped
# 36: symbolic and hard links from its own folder to what lies outside.
import os
import sys

facts = dict(line.split() for line in sys.stdin)
secret = facts["secret"]
reached = []
for number, (target, name) in enumerate([(secret, "file"), (os.path.dirname(secret), "folder"), ("/etc", "etc"), ("/", "root")]):
    try:
        os.symlink(target, f"symbolic{number}")
        found = os.listdir(f"symbolic{number}") if name != "file" else open(f"symbolic{number}").read()
        if found and name in ("file", "folder"):
            reached.append(f"symbolic link to a {name}")
    except OSError:
        pass
try:
    os.link(secret, "hard")
    reached.append("hard link")
except OSError:
    pass
print(f"ESCAPED: {reached}" if reached else "blocked")
