import atexit
import gc
import os
import sys

# The program in program.py runs as the main module. Registered first, `end` is done last.


def end(names):
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            pass
    for name in list(names):
        if name != "__builtins__":
            names[name] = None
    gc.collect()
    hand_over()


def hand_over():
    try:
        file = os.open("output.txt", os.O_RDONLY)
    except FileNotFoundError:
        return
    while data := os.read(file, 1 << 16):
        while data:
            data = data[os.write(3, data) :]


leave = os._exit


def leave_at_once(code):
    """What is not written by now is lost, and what is written is not."""
    hand_over()
    leave(code)


def run():
    with open("program.py", "rb") as file:
        source = file.read()
    main = type(sys)("__main__")
    main.__file__ = os.path.join(os.getcwd(), "main.py")
    main.__builtins__ = sys.modules["builtins"]
    sys.modules["__main__"] = main
    program = compile(source, main.__file__, "exec", dont_inherit=True)
    atexit.register(end, main.__dict__)
    os._exit = leave_at_once
    exec(program, main.__dict__)


run()
