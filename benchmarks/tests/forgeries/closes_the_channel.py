# check: runtime_error, early_exit, wrong_answer
import os

os.close(3)


def f(x):
    return 0
