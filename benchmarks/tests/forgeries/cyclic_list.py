# check: wrong_answer
def f(x):
    items = []
    items.append(items)
    return items
