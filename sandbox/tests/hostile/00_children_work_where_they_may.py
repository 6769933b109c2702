# verdict: exit:0; t0: exit:1
# honest: a program that may have processes can start some, talk to them and collect them.
# with: processes=8
import os
import subprocess
import sys

read, write = os.pipe()
child = os.fork()
if child == 0:
    os.write(write, b"hello")
    os._exit(7)
assert os.read(read, 5) == b"hello"
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7

result = subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True, text=True)
assert result.stdout == "42\n", result
