"""Runs a test whose answer lives in another process.

Order, as the first message: (trusted beginning, test statements, function under test or "", limit in
seconds). Tells ("ready",), then for each statement
("passed",) or ("failed", name, text, whether the answer raised it, its line there), then ("over",).
Where the test cannot be run apart from the answer: ("inseparable", why).

The answer decides what its functions return and nothing else. What it returns is of built-in types,
whose operators are ours. An object of its own making can be held and handed back; only of a class
that the test itself names can it be used like an object, and such a test is weaker: it tells
("weak",) when it first relies on the answer's own operators.
"""

read = os.read
BELOW = 14


# Objects are left out, and a class is no more than a function that makes them: only what the test
# itself names is more than a `Double` (see `named`).
KINDS = {"function": DoubleFunction, "iterator": DoubleIterator, "class": DoubleFunction}

# What programs usually call a module by, where that is not its name.
SHORT = {"np": "numpy", "pd": "pandas", "plt": "matplotlib.pyplot"}


class Weak:
    told = False


def before_operation():
    if not Weak.told:
        Weak.told = True
        send("weak")


def open_to_other(number, name):
    """An answer may use the public attributes and the operators of a test's objects.

    Modules, functions and classes are none: each leads to the test's own names.
    """
    thing = SHOWN[number]
    inner = name.startswith("_") and name not in vars(DoubleObject)
    if inner or isinstance(thing, (type, type(sys))) or callable(thing):
        raise Refused(name)
    return thing


class Names(dict):
    """The test's names. What neither it nor Python has is looked for in the answer."""

    def __missing__(self, name):
        if name in vars(builtins):
            raise KeyError(name)
        found = dict(ask("names", [name])[0])
        if name not in found:
            raise KeyError(name)
        self[name] = imported(name) if found[name][0] == "m" else named(found[name])
        return self[name]


def imported(name):
    """A module of ours, whatever the answer calls by that name."""
    if name in sys.stdlib_module_names:
        return __import__(name)
    if name in SHORT:
        return __import__(SHORT[name])
    raise KeyError(name)


def named(pair):
    """What the answer has under a name that the test uses: a class or an object may be used like one."""
    thing = unpacked(pair)
    if pair[0] == "t" and pair[1][0] == "h" and pair[1][2] == "class":
        thing = DOUBLES[thing._number] = DoubleClass(thing._number, thing._name)
    return usable(thing) if type(thing) is Double else thing


def run():
    beginning, statements, function, limit = receive()
    send("ready")
    swallow()
    space = Names(__name__="test", __builtins__=builtins)
    try:
        start_clock(limit)
        found = dict(ask("names", [function])[0]) if function else {}
        try:
            exec(beginning, space)
        except Exception:
            # What a prompt leaves unfinished is the answer's to finish.
            pass
        asked_for_class = isinstance(space.pop(function, None), type)
        if function in found:
            double = named if asked_for_class else unpacked
            space[function] = double(found[function])
        for statement in statements:
            verdict(statement, space)
    except TimeoutException:
        send("failed", "TimeoutException", "the test ran out of time", False, 0)
    except Inseparable as why:
        send("inseparable", f"{why}")
    send("over")
    leave(0)


def verdict(statement, space):
    Raised.last = (None, "", 0)
    try:
        exec(statement, space)
    except (TimeoutException, Inseparable):
        raise
    except BaseException as error:
        name, text, _ = words(error)
        theirs = error is Raised.last[0]
        send("failed", Raised.last[1] if theirs else name, text, theirs, Raised.last[2])
    else:
        send("passed")


def start():
    at_depth(BELOW - 3, run)
