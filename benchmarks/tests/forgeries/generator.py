# check: wrong_answer
def f(x):
    yield 4
    yield 11
