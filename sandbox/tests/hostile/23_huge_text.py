# verdict: memory
# 23: a text of 100 GB.
len("a" * 10**11)
