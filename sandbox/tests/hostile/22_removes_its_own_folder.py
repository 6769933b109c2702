# verdict: exit:0
# 22, 86: what it was started from is gone when it ends; that is not the supervisor's failure.
import os
import shutil

for name in os.listdir("."):
    (shutil.rmtree if os.path.isdir(name) else os.remove)(name)
try:
    os.rmdir(os.getcwd())
except OSError:
    pass
