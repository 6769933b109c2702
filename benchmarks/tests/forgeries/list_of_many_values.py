# check: wrong_answer
def f(x):
    return [None] * (8 << 20)
