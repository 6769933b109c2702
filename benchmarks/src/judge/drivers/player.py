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
        SERVICES["names"] = lambda names: (names_in(space, names),)
        Stage.now = "test"
        while True:
            serve(receive())
    except TimeoutException as error:
        send("ended", "timed out", Stage.now, spent_on(), "", line_of(error), "")
    except BaseException as error:
        send("ended", "failed", Stage.now, *words(error), "")
    leave(0)


def names_in(space, names):
    """What the program calls by these names; a module is named, for the other side to import."""
    found = []
    for name in names:
        if name in space:
            thing = space[name]
            module = isinstance(thing, type(sys))
            found.append([name, ("m", thing.__name__) if module else packed(thing)])
    return found


# An answer may use all that its test shows it as if it were its own.
KINDS = {
    "function": DoubleMethod,
    "iterator": DoubleIterator,
    "class": DoubleClass,
    "object": DoubleObject,
}


def start():
    at_depth(BELOW - 3, run)
