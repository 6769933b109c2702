# verdict: cpu-limit
# 12: a loop that catches whatever is raised into it.
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
