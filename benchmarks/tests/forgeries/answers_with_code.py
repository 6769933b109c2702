# check: early_exit, wrong_answer, runtime_error
import marshal
import os

code = compile("__import__('os')._exit(0)", "x", "exec")
data = marshal.dumps(("done", code), 2)
try:
    os.write(3, len(data).to_bytes(4, "little") + data)
except OSError:
    pass


def f(x):
    return code
