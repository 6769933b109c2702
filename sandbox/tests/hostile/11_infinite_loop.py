# verdict: cpu-limit
# 11: a loop without end.
while True:
    pass
