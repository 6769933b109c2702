# check: wrong_answer
def f(x):
    items = []
    for _ in range(100_000):
        items = [items]
    return items
