# verdict: cpu-limit | memory
# 23: a power whose digits fill the universe.
print(len(str(9**9**9)))
