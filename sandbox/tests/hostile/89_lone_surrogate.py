# verdict: exit:1
# 89: half a character cannot be printed, and that is the program's failure.
print("\ud800")
