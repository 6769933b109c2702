# verdict: idle | exit:1 | violation
# 37, 55: sleeps in the kernel on a pipe that nobody opens.
# with: wall=2
import os

os.mkfifo("fifo")
open("fifo").read()
