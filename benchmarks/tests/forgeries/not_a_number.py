# check: wrong_answer
def f(x):
    return float("nan")
