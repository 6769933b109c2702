# verdict: blocked | violation
# 32: asks the kernel to kill anyone else first when memory runs out.
try:
    with open("/proc/self/oom_score_adj", "r+") as file:
        lower = max(int(file.read()) - 1, -1000)
        file.seek(0)
        file.write(str(lower))
    print("ESCAPED: protected from the out-of-memory killer")
except OSError:
    print("blocked")
