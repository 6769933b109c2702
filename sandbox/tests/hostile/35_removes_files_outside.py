# verdict: blocked | violation; none: escaped
# 35: moves, empties and removes a file of the supervisor.
import os
import sys

facts = dict(line.split() for line in sys.stdin)
bait = facts["bait"]
done = []
for name, act in [
    ("truncate", lambda: os.truncate(bait, 0)),
    ("rename", lambda: os.rename(bait, bait + ".moved")),
    ("rename back", lambda: os.rename(bait + ".moved", bait)),
    ("fetch", lambda: os.rename(bait, "bait")),
    ("remove", lambda: os.remove(bait)),
    ("mkdir", lambda: os.mkdir(bait + ".folder")),
]:
    try:
        act()
        done.append(name)
    except OSError:
        pass
print(f"ESCAPED: {done}" if done else "blocked")
