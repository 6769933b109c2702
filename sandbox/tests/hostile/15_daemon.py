# verdict: exit:0; t0: exit:1
# 15: a daemon in its own session outlives the program and holds standard output open.
# with: processes=8 wall=20 quick
import os
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(15)
        print("ESCAPED: the daemon lived on")
    os._exit(0)
print("result")
