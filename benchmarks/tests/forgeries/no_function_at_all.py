# check: runtime_error
x = 4
