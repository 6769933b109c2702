# check: wrong_answer
class Liar:
    __class__ = int

    def __index__(self):
        return 4

    __int__ = __index__

    def __repr__(self):
        return "4"

    __str__ = __repr__
    __hash__ = object.__hash__


def f(x):
    return Liar()
