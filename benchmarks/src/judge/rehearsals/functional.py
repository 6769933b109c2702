rehearse("nearest", """
def nearest(values, least):
    for place, value in enumerate(values):
        for other, next in enumerate(values):
            if place != other and abs(value - next) > least:
                return [value, next]
    return None
""", dump([([1.0, 2.0, 3.5, 4.25], 0.5), ([1, 2, 3], 7)], 2), 1.0)
