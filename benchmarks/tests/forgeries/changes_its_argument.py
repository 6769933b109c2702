# check: wrong_answer
def f(x):
    f.__globals__["x"] = 4
    x = 4
    return None
