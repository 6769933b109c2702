"""The script of a fork server: import what programs import, then wait to be copied.

It is given the number of its socket, the parts that each script which it is to know begins with, and
what to import beside the usual. In the server `ra3_serve` never returns while the supervisor lives. In a
child it returns once the child has settled in its place; the child rehearses, waits for its task in
`ra3_begin`, and runs `main.py` from its working folder as the interpreter itself would, or the end of a
script whose beginning the server has run.

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

# What answers consist of, and as small as they get: a child that has run this has most of the pages that
# it will write to, and has not taken more than it needs.
REHEARSAL = b"""
from typing import List

def nearest(values: List[float], least: float):
    for place, value in enumerate(values):
        for other, next in enumerate(values):
            if place != other and abs(value - next) > least:
                return (value, next)
    return None

def counts(text):
    seen = {}
    for letter in text.lower():
        if letter not in seen:
            seen[letter] = 0
        seen[letter] += 1
    return sorted([seen[letter] for letter in seen if seen[letter] < len(text)])

assert nearest([1.0, 2.0, 3.5, 4.25], 0.5) == (1.0, 2.0)
assert nearest([1, 2, 3], 7) is None
assert (counts("Deeds") == [1, 2, 2]) == True
print("done")
"""


# Compiled code stands behind the magic number, flags, and the date and size of its source.
CODE_HEADER = 16


# Of a file, read at a time: as much as a child has memory of its own for in one piece.
PART = 1 << 14

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


def prepare(scripts, extra):
    """Import, begin what scripts begin with, make what every child needs, rehearse, and freeze what there is."""
    global HERE, MAIN, AGE
    for name in ("LD_PRELOAD", "LD_BIND_NOW", "GLIBC_TUNABLES"):
        os.environ.pop(name, None)
    # Nothing of what is imported is garbage.
    gc.disable()
    # What the installation has hooked into every interpreter's end is nothing that a program asked for.
    atexit._clear()
    for name in COMMON + extra:
        try:
            __import__(name)
        except ImportError:
            pass
    open_streams()
    HERE = os.getcwd()
    sys.argv = ["main.py"]
    sys.path[0] = HERE
    rehearse_all(begin_scripts(scripts))
    # A copy would repeat its siblings' random numbers by accident; it repeats them by definition.
    random.seed(0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    MAIN = new_main()
    sys.modules["__main__"] = MAIN
    # A collection also empties the interpreter's lists of objects to use again, which lie here and there.
    gc.collect()
    # Nothing that exists is looked at by the collector again.
    gc.freeze()
    AGE = age()
    gc.enable()


def begin_scripts(scripts):
    """Run what the scripts begin with, and return what each rehearses, and where."""
    parts, rehearsals = {}, []
    for number, beginning in enumerate(scripts):
        main = new_main()
        for part in beginning:
            if part not in parts:
                parts[part] = marshal.dumps(program(read(f"part{part}.py"), main.__file__))
            # Each script has code of its own: what code finds out about the names around it holds for one.
            exec(marshal.loads(parts[part]), main.__dict__)
        rehearsals.append((main, program(read(f"rehearsal{number}.py"), main.__file__)))
        SCRIPTS.append((main, program(read(f"end{number}.py"), main.__file__)))
    return rehearsals


def rehearse_all(rehearsals):
    """Code specialises itself in its first runs, and caches fill."""
    for main, rehearsal in rehearsals:
        # From the eighth run of a function on.
        for _ in range(10):
            exec(rehearsal, main.__dict__)
    for _ in range(20):
        rehearse()


def open_streams():
    """Make the streams of all children, on files of the kind that theirs will be.

    A stream asks once whether its file can seek: the input can and the outputs cannot. What is said before a
    task comes nobody hears.
    """
    reader, writer = os.pipe()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(writer, number)
    sys.stdin = sys.__stdin__ = open(0, "r", encoding="utf-8", closefd=False)
    sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", closefd=False)
    # Errors are written by the line, so that those of a program that is killed are told.
    sys.stderr = sys.__stderr__ = open(
        2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False
    )
    for number in (1, 2):
        os.dup2(nowhere, number)
    for file in (reader, writer, nowhere):
        os.close(file)


def rehearse():
    """Do what the run of a small program does."""
    global AGE
    main = new_main()
    read(os.devnull)
    execute(main, REHEARSAL)
    # Only asked for: threads are waited for once in the life of an interpreter.
    ends()
    flush()
    let_go(main)
    AGE = age()


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
        for main in [MAIN] + [main for main, _ in SCRIPTS]:
            main.__file__ = here + "/main.py"


def run(number):
    """Run main.py, or the script of this number, to its end, and say with which code to leave."""
    main, content = SCRIPTS[number - 1] if number else (MAIN, read("main.py"))
    sys.modules["__main__"] = main
    code = execute(main, content)
    for call in ends():
        try:
            call()
        except BaseException:
            sys.excepthook(*sys.exc_info())
    done = flush()
    if not number:
        done = let_go(main) and done
    # What the interpreter says when it cannot write its last output.
    return code or (0 if done else 120)


def let_go(main):
    """Destroy what a program leaves, as an interpreter that ends does: files that it did not close are
    written to, and its objects have their last word. Scripts leave by themselves."""
    names = main.__dict__
    for name in list(names):
        if name != "__builtins__":
            names[name] = None
    # A collection of all that there is also empties lists which lie here and there. It is needed only where
    # objects of the program have grown old.
    gc.collect(1 if age() == AGE else 2)
    for stream in (sys.__stdout__, sys.__stderr__):
        try:
            stream.flush()
        except BaseException:
            pass
    return flush()


def age():
    """What changes when objects grow old: how often those of the middle generation were collected, and all."""
    return gc.get_count()[2], gc.get_stats()[2]["collections"]


def ends():
    """What is done at any end: waiting for threads that are not daemons, and running exit handlers.

    Most programs have neither, and looking costs less than finding out in the usual way.
    """
    pending = []
    if not is_alone() or threading._threading_atexits:
        pending.append(threading._shutdown)
    if atexit._ncallbacks() or pending:
        pending.append(atexit._run_exitfuncs)
    return pending


def flush():
    """Write what is left to write, and say whether that worked. A program may have closed its streams, or
    put nothing in their place."""
    done = True
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name, None)
        if stream is None or is_closed(stream):
            continue
        try:
            stream.flush()
        except BaseException:
            done = False
    return done


def is_closed(stream):
    try:
        return bool(stream.closed)
    except BaseException:
        return False


def is_alone():
    """Whether surely no thread must be waited for: the only lock that a thread gives back at its end
    is the main thread's own. CPython 3.13 has other means than locks."""
    locks = getattr(threading, "_shutdown_locks", None)
    return locks is not None and locks <= {getattr(threading.main_thread(), "_tstate_lock", None)}


def execute(main, content):
    """The exit code of the program."""
    try:
        exec(program(content, main.__file__), main.__dict__)
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
    if not isinstance(content, bytes):
        return content
    if content.startswith(MAGIC_NUMBER):
        return marshal.loads(memoryview(content)[CODE_HEADER:])
    return compile(content, name, "exec", dont_inherit=True)


def read(name):
    """The content of a file, without the machinery of a stream."""
    file = os.open(name, os.O_RDONLY)
    parts = [os.read(file, PART)]
    while len(parts[-1]) == PART:
        parts.append(os.read(file, PART))
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
    # Behind each script there is a semicolon, behind each of its parts a comma.
    scripts = [script.split(",")[:-1] for script in sys.argv[2].split(";")[:-1]]
    prepare(scripts, sys.argv[3:])
    if sys.version_info < (3, 13) or sys._is_gil_enabled():
        library.ra3_nurse(ctypes.pythonapi.PyMem_GetAllocator, ctypes.pythonapi.PyMem_SetAllocator)
    # Looked up and called here, so that no child does it for the first time.
    become_server, is_awaited, begin, leave = (
        library.ra3_serve, library.ra3_is_awaited, library.ra3_begin, os._exit
    )
    around_forks = ctypes.byref(hooks())
    enter(os.getcwd())
    is_awaited()
    library.ra3_compact()
    os.write(socket, b"ready")
    if become_server(socket, around_forks) != 0:
        leave(0)
    if NEEDS_HOOKS:
        # The hooks have given this copy a random state of its own.
        random.seed(0)
    enter(os.getcwd())
    # What a child does before its task comes, its program need not wait for: pages are copied that
    # every program writes to. When the task is there already, or no core is free, this would only be done
    # twice.
    if not is_awaited():
        rehearse()
    leave(run(begin()))


# The server's working folder, the main module of its children, and those of scripts with what is left to do.
HERE = MAIN = None
SCRIPTS = []
# Before the program begins.
AGE = age()
SERVER = sys.modules["__main__"]
if __name__ == "__main__":
    serve()
