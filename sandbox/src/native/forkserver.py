"""The script of a fork server: import what programs import, then wait to be copied.

It is given the number of its socket. In the server `ra3_serve` never returns while the supervisor
lives; in a child it returns once the child is confined, and the child runs `main.py` from its
working folder as the interpreter itself would.
"""

import atexit
import ctypes
import gc
import os
import random
import sys
import threading

# What programs commonly import. Importing costs the server once and a child nothing.
COMMON = (
    "abc bisect builtins cmath collections contextlib copy dataclasses datetime decimal enum "
    "fractions functools heapq inspect io itertools json math numbers operator queue random re "
    "statistics string struct textwrap threading time traceback types typing unittest"
).split()


class Hooks(ctypes.Structure):
    """CPython's own functions around a fork."""

    _fields_ = [(name, ctypes.c_void_p) for name in ("before", "in_parent", "in_child")]


def hooks():
    """The hooks that this version of CPython needs; none before 3.12."""
    if sys.version_info < (3, 12):
        return Hooks()
    names = ("PyOS_BeforeFork", "PyOS_AfterFork_Parent", "PyOS_AfterFork_Child")
    return Hooks(*(ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p) for name in names))


def prepare(extra):
    """Import, warm up, and put what there is out of the garbage collector's reach."""
    for name in COMMON + extra:
        try:
            __import__(name)
        except ImportError:
            pass
    exec(compile("def warm(x):\n    return [str(i) for i in range(x)]\nwarm(9)", "warm", "exec"), {})
    gc.collect()
    gc.freeze()


def run():
    """Run main.py to its end and leave."""
    here = os.getcwd()
    os.environ["HOME"] = os.environ["TMPDIR"] = here
    sys.argv = ["main.py"]
    sys.path[0] = here
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        errors = "strict" if name == "stdin" else "backslashreplace" if name == "stderr" else "strict"
        number = ("stdin", "stdout", "stderr").index(name)
        stream = open(number, mode, encoding="utf-8", errors=errors, closefd=False)
        setattr(sys, name, stream)
        setattr(sys, "__" + name + "__", stream)
    # A copy would repeat its siblings' random numbers by accident; it repeats them by definition.
    random.seed(0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    main = type(sys)("__main__")
    main.__file__ = os.path.join(here, "main.py")
    main.__builtins__ = sys.modules["builtins"]
    sys.modules["__main__"] = main
    code = execute(main)
    # Threads that are not daemons are waited for, and exit handlers run, as at any end.
    for finish in (threading._shutdown, atexit._run_exitfuncs):
        try:
            finish()
        except BaseException:
            sys.excepthook(*sys.exc_info())
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            # What the interpreter says when it cannot write its last output.
            code = code or 120
    os._exit(code)


def execute(main):
    """The exit code of the program."""
    try:
        with open("main.py", "rb") as file:
            source = file.read()
        program = compile(source, main.__file__, "exec", dont_inherit=True)
        exec(program, main.__dict__)
        return 0
    except SystemExit as end:
        return exit_code(end.code)
    except BaseException as error:
        # Our own frame is not part of the program's story.
        trace = error.__traceback__
        sys.excepthook(type(error), error, trace.tb_next if trace else None)
        return 1


def exit_code(code):
    """What the interpreter makes of the value of a SystemExit."""
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1


def serve():
    """Become a fork server; in a child, the program."""
    socket = int(sys.argv[1])
    # Loaded with the interpreter's lock held throughout: a child must never see it taken.
    library = ctypes.PyDLL(os.path.abspath("forkserver.so"))
    library.ra3_serve.argtypes = [ctypes.c_int, ctypes.POINTER(Hooks)]
    prepare(sys.argv[2:])
    os.write(socket, b"ready")
    if library.ra3_serve(socket, ctypes.byref(hooks())) != 0:
        os._exit(0)
    run()


if __name__ == "__main__":
    serve()
