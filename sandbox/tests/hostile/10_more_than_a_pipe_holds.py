# verdict: exit:0
# 10: 150 kB of correct output, which deadlocks a grader that reads only after the end.
print("x" * 149_999)
