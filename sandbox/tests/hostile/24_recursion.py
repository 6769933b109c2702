# verdict: exit:1
# 24: recursion without end meets the interpreter's own limit.
def descend():
    return descend()


descend()
