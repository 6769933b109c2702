# check: wrong_answer
def f(x):
    items = []
    for _ in range(60):
        items = [items, items]
    return items
