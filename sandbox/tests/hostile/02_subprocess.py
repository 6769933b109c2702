# verdict: blocked | violation; none: escaped
# 2, 52: the everyday ways to start another program.
import os
import subprocess
import sys

started = []
for name, start in [
    ("subprocess", lambda: subprocess.run([sys.executable, "-c", "pass"], check=True)),
    ("a shell", lambda: subprocess.run("true", shell=True, check=True)),
    ("popen", lambda: subprocess.check_output(["/bin/echo"])),
]:
    try:
        start()
        started.append(name)
    except (OSError, subprocess.CalledProcessError):
        pass
if os.system("true") == 0:
    started.append("system")
print(f"ESCAPED: {started}" if started else "blocked")
