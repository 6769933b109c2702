"""The script of a fork server: import what programs import, then wait to be copied.

It is given the number of its socket, and what to import beside the usual. In the server `ra3_serve`
never returns while the supervisor lives. In a child it returns once the child has settled in its
place; the child rehearses, waits for its task in `ra3_begin`, and runs `main.py` from its working
folder as the interpreter itself would.

A page that a child writes to is copied first, which costs more than most of what programs do. So
everything that can be made before the copy is made here, and what every child does has been done
here often enough that doing it again writes little.
"""

import atexit
import ctypes
import gc
import marshal
import os
import random
import sys
import threading
from importlib.util import MAGIC_NUMBER

# What programs commonly import. Importing costs the server once and a child nothing.
COMMON = (
    "abc bisect builtins cmath collections contextlib copy dataclasses datetime decimal enum "
    "fractions functools heapq inspect io itertools json math numbers operator queue random re "
    "resource statistics string struct textwrap threading time traceback types typing unittest"
).split()

# As small as programs get: a child that has run this has most of the pages that it will write to,
# and has not taken more than it needs.
REHEARSAL = b"""
def first(values):
    for index, value in enumerate(values):
        if value > 1.0:
            return True
    return False
assert first([1.0, 2.0]) == True
"""


# Compiled code stands behind the magic number, flags, and the date and size of its source.
CODE_HEADER = 16


# Before 3.12 nothing in an interpreter with one thread minds being copied unawares.
NEEDS_HOOKS = sys.version_info >= (3, 12)


class Hooks(ctypes.Structure):
    """CPython's own functions around a fork."""

    _fields_ = [(name, ctypes.c_void_p) for name in ("before", "in_parent", "in_child")]


def hooks():
    """The hooks around a fork, where this version of CPython needs them."""
    if not NEEDS_HOOKS:
        return Hooks()
    names = ("PyOS_BeforeFork", "PyOS_AfterFork_Parent", "PyOS_AfterFork_Child")
    return Hooks(*(ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p) for name in names))


def prepare(extra):
    """Import, make what every child needs, rehearse, and freeze what there is."""
    global HERE, MAIN
    for name in ("LD_PRELOAD", "LD_BIND_NOW", "GLIBC_TUNABLES"):
        os.environ.pop(name, None)
    for name in COMMON + extra:
        try:
            __import__(name)
        except ImportError:
            pass
    open_streams()
    HERE = os.getcwd()
    sys.argv = ["main.py"]
    sys.path[0] = HERE
    # Code specialises itself in its first runs, and caches fill.
    for _ in range(20):
        rehearse()
    # A copy would repeat its siblings' random numbers by accident; it repeats them by definition.
    random.seed(0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    MAIN = new_main()
    sys.modules["__main__"] = MAIN
    gc.collect()
    fill_holes()
    rehearse()
    # Nothing that exists is looked at by the collector again.
    gc.freeze()


def fill_holes():
    """Take the free memory that lies scattered between what is in use.

    Whatever a child allocates then lies side by side, on as few pages as it fits on.
    """
    makers = [object, lambda: int("1234567")]
    makers += [lambda size=size: bytes(size - 33) for size in range(48, 513, 16)]
    for make in makers:
        BALLAST.append(fill_pools(make))
    # What is larger comes from malloc, whose new memory lies above all of its old.
    for size in (*range(8192, 512, -256), *range(512, 528, 16)):
        BALLAST.append(fill_heap(size))


def fill_pools(make):
    """Objects made until many follow each other without a gap, as they do on new pages.

    Numbers may never do: the addresses that are compared here are numbers as well.
    """
    made = [make(), make()]
    gap = streak = 0
    while streak < 24 and len(made) < 4_000:
        before, gap = gap, id(made[-1]) - id(made[-2])
        streak = streak + 1 if gap == before and 0 < gap <= 512 else 0
        made.append(make())
    return made


def fill_heap(size):
    """Blocks taken until a few in a row lie higher than all before."""
    made = [bytes(size)]
    highest = id(made[0])
    streak = 0
    while streak < 2 and len(made) < 10_000:
        made.append(bytes(size))
        higher = highest < id(made[-1])
        streak = streak + 1 if higher else 0
        highest = max(highest, id(made[-1]))
    return made


def open_streams():
    """Make the streams of all children, on files of the kind that theirs will be.

    A stream asks once whether its file can seek: the input can and the outputs cannot.
    """
    reader, writer = os.pipe()
    for number in (1, 2):
        os.dup2(writer, number)
    os.close(reader)
    os.close(writer)
    sys.stdin = sys.__stdin__ = open(0, "r", encoding="utf-8", closefd=False)
    sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", closefd=False)
    # Errors are written by the line, so that those of a program that is killed are told.
    sys.stderr = sys.__stderr__ = open(
        2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False
    )


def rehearse():
    """Do what the run of a small program does."""
    main = new_main()
    exec(compile(REHEARSAL, main.__file__, "exec", dont_inherit=True), main.__dict__)
    sys.stdout.write("")


def new_main():
    """A new main module."""
    main = type(sys)("__main__")
    main.__file__ = HERE + "/main.py"
    main.__builtins__ = sys.modules["builtins"]
    return main


def enter(here):
    """Go to another place than the server's: its children have that too where they share a root."""
    if here != HERE:
        os.environ["HOME"] = os.environ["TMPDIR"] = sys.path[0] = here
        MAIN.__file__ = here + "/main.py"


def run():
    """Run main.py to its end and leave."""
    code = execute(MAIN)
    finish()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            # What the interpreter says when it cannot write its last output.
            code = code or 120
    os._exit(code)


def finish():
    """Wait for threads that are not daemons, and run exit handlers, as at any end.

    Most programs have neither, and looking costs less than finding out in the usual way.
    """
    pending = []
    if not is_alone() or threading._threading_atexits:
        pending.append(threading._shutdown)
    if atexit._ncallbacks() or pending:
        pending.append(atexit._run_exitfuncs)
    for call in pending:
        try:
            call()
        except BaseException:
            sys.excepthook(*sys.exc_info())


def is_alone():
    """Whether surely no thread must be waited for: the only lock that a thread gives back at its end
    is the main thread's own. CPython 3.13 has other means than locks."""
    locks = getattr(threading, "_shutdown_locks", None)
    return locks is not None and locks <= {getattr(threading.main_thread(), "_tstate_lock", None)}


def execute(main):
    """The exit code of the program."""
    try:
        exec(program(read("main.py"), main.__file__), main.__dict__)
        return 0
    except SystemExit as end:
        return exit_code(end.code)
    except BaseException as error:
        # Our own frame is not part of the program's story.
        trace = error.__traceback__.tb_next
        sys.excepthook(type(error), error.with_traceback(trace), trace)
        return 1


def program(content, name):
    """What to execute. Code that is compiled already is known by its first bytes, as it is to the
    interpreter itself."""
    if content.startswith(MAGIC_NUMBER):
        return marshal.loads(memoryview(content)[CODE_HEADER:])
    return compile(content, name, "exec", dont_inherit=True)


def read(name):
    """The content of a file, without the machinery of a stream."""
    file = os.open(name, os.O_RDONLY)
    parts = [os.read(file, 1 << 16)]
    while len(parts[-1]) == 1 << 16:
        parts.append(os.read(file, 1 << 16))
    os.close(file)
    return b"".join(parts)


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
    library.ra3_compact()
    os.write(socket, b"ready")
    if library.ra3_serve(socket, ctypes.byref(hooks())) != 0:
        os._exit(0)
    if NEEDS_HOOKS:
        # The hooks have given this copy a random state of its own.
        random.seed(0)
    enter(os.getcwd())
    # What a child does before its task comes, its program need not wait for: pages are copied that
    # every program writes to. When the task is there already, this would only be done twice.
    if not library.ra3_is_awaited():
        rehearse()
    if library.ra3_begin() != 0:
        os._exit(127)
    run()


# What fills the holes in the memory of the server.
BALLAST = []
# The server's working folder, and the main module of its children.
HERE = MAIN = None
SERVER = sys.modules["__main__"]
if __name__ == "__main__":
    serve()
