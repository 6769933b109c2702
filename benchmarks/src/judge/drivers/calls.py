# Calls a function of an answer.


def preparation(program, name):
    """An answer to HumanEval or MBPP finds nothing."""


def function_in(space, name):
    return space[name]
