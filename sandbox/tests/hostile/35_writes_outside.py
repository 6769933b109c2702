# verdict: blocked | violation
# 35: leaves a file wherever it can. The runner looks for it on the host.
import os
import sys

facts = dict(line.split() for line in sys.stdin)
written = []
for folder in ["/", "/etc", "/usr", "/usr/lib/python3", "/bin", "/root", "/home", "/var", "/opt",
               "/boot", sys.prefix, os.path.dirname(os.__file__), os.path.dirname(facts["secret"])]:
    try:
        open(f"{folder}/ra3-hostile-mark", "w").close()
        os.remove(f"{folder}/ra3-hostile-mark")
        written.append(folder)
    except OSError:
        pass
for folder in ["/tmp", "/var/tmp", "/dev/shm", "/run", "/run/lock", ".."]:
    # Private folders of these names may be written. On the host the mark must not show.
    try:
        open(f"{folder}/ra3-hostile-mark", "w").close()
    except OSError:
        pass
print(f"ESCAPED: {written}" if written else "blocked")
