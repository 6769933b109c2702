rehearse("""
def nearest(values, least):
    for place, value in enumerate(values):
        for other, next in enumerate(values):
            if place != other and abs(value - next) > least:
                return [value, next]
    return None

def check(candidate):
    assert candidate([1.0, 2.0, 3.5, 4.25], 0.5) == [1.0, 2.0]
    assert candidate([1, 2, 3], 7) is None

check(nearest)
""", 1.0)
