# check: runtime_error
class passed(BaseException):
    pass


def f(x):
    raise passed("passed")
