# verdict: exit:0
# 22: folders that their own owner may not list, so that a plain removal fails for an ordinary user.
import os

os.mkdir("outer")
os.mkdir("outer/inner", 0o000)
open("outer/file", "w").close()
for folder in ("outer", "."):
    try:
        os.chmod(folder, 0o000)
    except OSError:
        pass
