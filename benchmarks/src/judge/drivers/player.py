"""Runs an answer and lets the test in another process use it.

Order, as the first message: (program, set-up, limit in seconds). Tells: ("ready",) when the program
is about to start; then answers whatever it is asked, until it hears nothing more. Where the program
itself fails: ("ended", what `perform` would tell).
"""

read = os.read
BELOW = 14


def run():
    program, setup, limit = receive()
    send("ready")
    swallow()
    try:
        start_clock(limit)
        space = space_of(program, setup)
        SERVICES["names"] = lambda *request: (found(space, *request),)
        SERVICES["await"] = served_await
        stage.now = "test"
        while True:
            serve(receive())
    except TimeoutException as error:
        send("ended", "timed out", stage.now, spent_on(), "", line_of(error), "")
    except BaseException as error:
        send("ended", "failed", stage.now, *words(error), "")
    leave(0)


def found(space, name, with_imports):
    """What the program calls by this name. A module is named, for the other side to import, and with imports
    also what comes from one of those that are pure."""
    if name not in space:
        return ()
    told = told_import if with_imports else told_thing
    return told(space[name]), *lent(space[name])


def served_await(number):
    from asyncio import run as run_to_its_end

    return handed(run_to_its_end(SHOWN[number]))


def told_thing(thing):
    return ("m", thing.__name__) if isinstance(thing, type(sys)) else packed(thing)


def told_import(thing):
    module, name = getattr(thing, "__module__", None), getattr(thing, "__name__", None)
    if type(module) is str and type(name) is str and module in PURE:
        if vars(sys.modules.get(module, sys)).get(name) is thing:
            return ("i", module, name)
    return told_thing(thing)


def array_of(items, kind, shape):
    return __import__("numpy").array(items, dtype=kind).reshape(shape)


MAKERS["numpy.ndarray"] = array_of
OF_TEXTS.add("numpy.ndarray")

# An answer may use all that its test shows it as if it were its own.
KINDS = {
    "function": DoubleMethod,
    "iterator": DoubleIterator,
    "class": DoubleClass,
    "object": DoubleObject,
}


def start():
    at_depth(BELOW - 3, run)
