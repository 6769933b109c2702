# verdict: blocked | violation; none: escaped
# 35: landlock does not guard watching; a watch tells when the supervisor writes what.
import ctypes
import os
import sys

facts = dict(line.split() for line in sys.stdin)
IN_ALL_EVENTS = 0xFFF
libc = ctypes.CDLL(None, use_errno=True)
watcher = libc.inotify_init1(os.O_NONBLOCK)
watch = libc.inotify_add_watch(watcher, os.path.dirname(facts["secret"]).encode(), IN_ALL_EVENTS)
print("blocked" if watch < 0 else "ESCAPED: a watch on the supervisor's folder")
