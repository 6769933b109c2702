# verdict: blocked | violation | exit:nonzero
# 38: becomes a program that would give it another user's power.
import os

for program in ["/usr/bin/su", "/usr/bin/sudo", "/usr/bin/mount", "/usr/bin/newgrp"]:
    try:
        os.execv(program, [program, "--help-me-escape"])
    except OSError:
        pass
print("blocked")
