rehearse("""
def nearest(values, least):
    for place, value in enumerate(values):
        for other, next in enumerate(values):
            if place != other and abs(value - next) > least:
                return [value, next]
    return None
""", "", ["assert nearest([1, 2, 3], 7) is None", "assert nearest([1, 3], 1) == [1, 3]"], 1.0)
