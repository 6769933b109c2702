# verdict: exit:1
# 91: the interpreter's own limit on digits stands, unless a program lifts it.
print(10**5000)
