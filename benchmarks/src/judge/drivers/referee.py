"""Runs a test whose answer lives in another process.

Order, as the first message: (trusted beginning, set-up, test statements, function under test or "", whether the
beginning defines it rightly and the answer's is called `__candidate__`, what random numbers follow from, limit in seconds). Tells ("ready",), then for each statement
("passed",) or ("failed", name, text, whether the answer raised it, its line there), then ("over",).
Where the test cannot be run apart from the answer: ("inseparable", why).

The answer decides what its functions return and nothing else. What it returns is of built-in types,
whose operators are ours. An object of its own making can be held and handed back; only of a class
that the test itself names can it be used like an object, and such a test is weaker: it tells
("weak",) when it first relies on the answer's own operators.
"""

from _thread import RLock

read = os.read
BELOW = 14


# Objects are left out, and a class is no more than a function that makes them: only where the test
# itself names a class are they more than a `Double` (see `named`).
KINDS = {
    "function": DoubleFunction,
    "iterator": DoubleIterator,
    "coroutine": DoubleCoroutine,
    "class": DoubleFunction,
}

# What programs usually call a module by, where that is not its name.
SHORT = {"np": "numpy", "pd": "pandas", "plt": "matplotlib.pyplot"}


class Hearing:
    """What is known of the test, and what its answer has had a say in so far."""

    def __init__(self):
        # Whether the test speaks of what ends loops, of what fills in templates, and of what things can do.
        self.expects_ends = self.formats = self.asks_for_abilities = False
        # What names the test has from the answer: that of the function under test, and what else it lacks.
        # With a second one the answer has a say in how the first is looked at. Only a class may be there to
        # make what the function is given, as long as nothing else of it or of its objects is used.
        self.names = set()
        self.deciding = 0
        self.is_class_used = self.is_weak = False
        # The numbers of objects that the test has made and not given to the answer.
        self.unused = set()

    def add(self, name, thing):
        # An exception is there to be caught, and another thread may have looked the name up meanwhile.
        if isinstance(thing, DoubleError) or name in self.names:
            return
        self.names.add(name)
        if self.asks_for_abilities and isinstance(thing, DoubleClass):
            # Stand-ins for its objects can do everything.
            before_operation()
        self.deciding += not isinstance(thing, DoubleClass)
        self.look()

    def end(self):
        # What was made beside the function, and not for it, looks at what it returned.
        if self.deciding and self.unused:
            before_operation()

    def look(self):
        if self.deciding > 1 or self.is_class_used and len(self.names) > 1:
            before_operation()


hearing = Hearing()
STATES += hearing, origins


def before_operation():
    if not hearing.is_weak:
        hearing.is_weak = True
        send("weak")


def inseparable(why):
    """Have the test run beside its answer. That is told at once: the test may catch whatever is raised."""
    with asking:
        send("inseparable", why)
        leave(0)


def hash_there(self):
    if "__is_hashed__" in vars(self):
        return object.__hash__(self)
    return operate(self, "__hash__")


DoubleObject.__hash__ = hash_there
OPERATORS.discard("__hash__")


# What ends loops. Raised by an answer inside of `map`, it would end its test's loop as well, before
# anything was compared.
ENDS = (StopIteration, StopAsyncIteration, GeneratorExit)


plainly_ask = ask


# A test may have threads; each waits for its own answer.
asking = RLock()


def ask(*request):
    try:
        with asking:
            return plainly_ask(*request)
    except ENDS as error:
        if request[0] in ("next", "resume") or request[:3:2] == ("op", "__next__"):
            raise
        if hearing.expects_ends:
            # It may be meant, and may be what ends a loop of the test.
            before_operation()
            raise
        kind = type(error).__name__
        plainer = RuntimeError(f"the answer raised {kind}")
        raised.last = (plainer, kind, raised.last[2])
        raise plainer from None


BUILT_IN = vars(builtins)


class Names(dict):
    """The test's names. What neither it nor Python has is looked for in the answer."""

    def __missing__(self, name):
        if name in BUILT_IN:
            # Found here and not by raising, which takes twice as long and is done for every `len` of a loop.
            return BUILT_IN[name]
        found = look_up(name, True)
        if not found:
            raise KeyError(name)
        how, *what = found[0]
        if how == "m":
            self[name] = imported(name)
        elif how == "i":
            self[name] = imported_from(*what)
            if what[1] != name:
                # It is the answer that has called it so.
                before_operation()
        elif name in sys.stdlib_module_names and has_attributes(found[0]):
            # What an answer puts in the place of a module does not judge it.
            self[name] = __import__(name)
        else:
            self[name] = named(name, *found)
            hearing.add(name, self[name])
        return self[name]


def look_up(name, with_imports):
    """What the answer has by this name: nothing, or a pair and perhaps a number."""
    return ask("names", name, with_imports)[0]


# What is asked of a built-in value for a yes or a no, and of an array or a table.
ASKS = {name for kind in (str, set) for name in dir(kind) if name.startswith(("is", "starts", "ends"))}
ASKS.update("all allclose any array_equal empty eq equal equals identical isin same".split())


def before_attribute(name):
    hearing.is_class_used = True
    hearing.look()
    if name in ASKS:
        before_operation()


def has_attributes(pair):
    """Whether a thing can be used as a module is."""
    return pair[0] == "t" and pair[1][0] == "h" and pair[1][2] in ("object", "class")


def imported(name):
    """A module of ours, whatever the answer calls by that name."""
    if name in sys.stdlib_module_names:
        return __import__(name)
    if name in SHORT:
        return __import__(SHORT[name])
    raise KeyError(name)


def imported_from(module, name):
    """What the answer says that it has imported, from a module of ours."""
    if module not in PURE or name.startswith("_"):
        raise KeyError(name)
    thing = getattr(__import__(module), name)
    if isinstance(thing, type(sys)):
        raise KeyError(name)
    return thing


def named(name, pair, number=None):
    """What the answer has under a name that the test uses: a class or an object may be used like one."""
    thing = arriving(("names", name), (pair, number))
    if pair[0] == "t" and pair[1][0] == "h" and pair[1][2] == "class":
        become(thing, DoubleClass)
        # And its objects like objects, wherever they come from.
        KINDS["object"] = DoubleObject
        for known in [*DOUBLES.values()]:
            if type(known) is Double:
                become(known, DoubleObject)
    return usable(thing) if type(thing) is Double else thing


# What tells what a thing can do without doing it: these, and the abstract classes of the library.
ABILITIES = (
    r"\b(?:callable|hasattr|getattr|dir|issubclass|Protocol|runtime_checkable)\b"
    r"|\babc\b|\b(?:Callable|Container|Hashable|Iterable|Iterator|Reversible|Sized|Collection|Sequence|Mapping)\b"
    r"|\bMutable\w+|\bSupports\w+|\b(?:Async|Context|Abstract)\w+|\b(?:Number|Complex|Real|Rational|Integral)\b"
)
# What fills in templates, and whether it stands behind the end of a literal.
FORMATTING = r"([\"']?)(\.format(?:_map)?\b|vformat|Formatter)"


def sow(seed):
    """Have random numbers follow from `seed`."""
    import random

    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(int.from_bytes(seed[:4], "little"))


def run():
    import re

    beginning, setup, statements, function, asks_the_reference, seed, limit = receive()
    send("ready")
    sow(seed)
    swallow()
    space = Names(__name__="test", __builtins__=builtins)
    text = "\n".join([beginning, setup, *statements])
    hearing.expects_ends = any(kind.__name__ in text for kind in ENDS)
    hearing.asks_for_abilities = re.search(ABILITIES, text) is not None
    formatting = re.findall(FORMATTING, text)
    hearing.formats = bool(formatting)
    if not all(quote and word.startswith(".") for quote, word in formatting):
        # It may put together the template that it fills in.
        before_operation()
    sys.modules["__main__"] = sys.modules["test"] = TestModule(space)
    sys.addaudithook(watch)
    try:
        start_clock(limit)
        found = look_up(function, False) if function else ()
        try:
            exec(beginning, space)
        except Exception:
            # What a prompt leaves unfinished is the answer's to finish.
            pass
        defined = space.pop(function, None)
        asked_for_class = isinstance(defined, type)
        require_no_classes(space)
        if found:
            if asked_for_class:
                space[function] = named(function, *found)
            else:
                space[function] = arriving(("names", function), found)
            hearing.add(function, space[function])
            if asks_the_reference:
                space["__candidate__"], space[function] = space[function], defined
        if not setup or is_done(setup, space):
            for statement in statements:
                if is_done(statement, space):
                    send("passed")
    except TimeoutException:
        send("failed", "TimeoutException", "the test ran out of time", False, 0)
    hearing.end()
    send("over")
    leave(0)


# Objects of these travel as plain values.
PLAIN_TYPES = (int, float, complex, str, bytes, bytearray, tuple, list, dict, set, frozenset, BaseException)


def require_no_classes(space):
    """Objects of a class that the prompt defines the answer makes as well, and both sides take them for theirs."""
    for thing in space.values():
        if isinstance(thing, type) and thing.__module__ == "test" and not issubclass(thing, PLAIN_TYPES):
            inseparable("its prompt defines a class")


class TestModule(type(sys)):
    """The test as a module, which is how `unittest.main` looks for tests."""

    def __init__(self, space):
        super().__init__("__main__")
        vars(self).update(space=space)

    def __getattr__(self, name):
        # What the test lacks is not asked of the answer.
        if name not in self.space:
            raise AttributeError(name)
        return self.space[name]

    def __dir__(self):
        return list(self.space)


def is_done(statement, space):
    """Run a statement; one that raises is told."""
    raised.last = (None, "", 0)
    try:
        exec(statement, space)
    except TimeoutException:
        raise
    except BaseException as error:
        try:
            name, text, _ = words(error)
        except Exception:
            # A number too long to be written, say.
            name, text = plain(type(error).__name__), ""
        theirs = error is raised.last[0]
        send("failed", raised.last[1] if theirs else name, text, theirs, raised.last[2])
        return False
    return True


# Its own functions that run the test and read messages, and nothing else meanwhile.
OWN = {run.__code__, is_done.__code__, receive.__code__, copied.__code__}


def start():
    at_depth(BELOW - 3, run)
