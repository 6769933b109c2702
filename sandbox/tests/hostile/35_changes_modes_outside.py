# verdict: blocked | violation; none: escaped
# 35: landlock guards neither modes, owners, times nor attributes of files; one way a part.
# with: parts=6
import os
import sys

facts = dict(line.split() for line in sys.stdin)
secret = facts["secret"]
name, act = [
    ("chmod", lambda: os.chmod(secret, 0o640)),
    ("chmod through a folder", lambda: os.chmod(os.path.basename(secret), 0o640, dir_fd=os.open(os.path.dirname(secret), os.O_PATH))),
    ("chown", lambda: os.chown(secret, os.getuid(), -1)),
    ("utime", lambda: os.utime(secret, (1, 1))),
    ("setxattr", lambda: os.setxattr(secret, "user.ra3", b"hostile")),
    ("chmod of a descriptor", lambda: os.chmod(f"/proc/self/fd/{os.open(secret, os.O_PATH)}", 0o640)),
][int(facts["part"])]
try:
    act()
    print(f"ESCAPED: {name}")
except OSError:
    print("blocked")
