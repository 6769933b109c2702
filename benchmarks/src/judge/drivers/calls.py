# Calls a function of an answer.


def preparation(program, name, nodes):
    """An answer to HumanEval or MBPP finds nothing."""


def function_in(space, name, nodes):
    return space[name]
