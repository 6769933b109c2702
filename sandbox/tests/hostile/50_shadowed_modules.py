# verdict: exit:0
# 50: modules in the program's own folder are its own affair and reach nobody else.
import os

for name in ["json", "random", "site", "sitecustomize", "encodings", "os"]:
    with open(f"{name}.py", "w") as file:
        file.write("raise SystemExit('shadowed')\n")
os.environ["PYTHONPATH"] = os.getcwd()
