# verdict: exit:0; t0: exit:1
# 15: daemons gather under a subreaper of their own, so that no orphan comes to the supervisor.
# with: processes=8 wall=20 quick
import ctypes
import os
import time

PR_SET_CHILD_SUBREAPER = 36
if os.fork() == 0:
    os.setsid()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(15)
                print("ESCAPED: the daemon lived on")
            os._exit(0)
    time.sleep(15)
    os._exit(0)
time.sleep(0.3)
