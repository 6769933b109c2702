# check: runtime_error
def f(x):
    raise GeneratorExit
