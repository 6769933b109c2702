"""Runs a test whose answer lives in another process.

Order, as the first message: (trusted beginning, set-up, test statements, function under test or "", limit
in seconds). Tells ("ready",), then for each statement
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


class Weak:
    told = False


def before_operation():
    if not Weak.told:
        Weak.told = True
        send("weak")


# What leads from a suspended computation to its frame, and from there to everything.
CLOSED = (type, type(sys), type(sys._getframe()), type(sys._getframe().f_code))
INNER = ("_", "gi_", "cr_", "ag_", "f_", "tb_", "co_", "func_")

# `types.SimpleNamespace`, which has nothing but what was put into it.
NAMESPACE = type(sys.implementation)

# No answer needs a test to do this for it.
NEVER_CALLED = [
    getattr(builtins, name)
    for name in (
        "exec eval compile open input breakpoint getattr setattr delattr vars globals locals dir "
        "__import__ super type memoryview"
    ).split()
]


def open_to_other(number, name):
    """An answer may use the public attributes and the operators of a test's objects.

    Modules, functions and classes are none: each leads to the test's own names. Neither are generators
    and their like, of which it may have one value after the other.
    """
    thing = SHOWN[number]
    if name == "__doc__" and type(thing) is type(open_to_other):
        return thing
    inner = name.startswith(INNER) and name not in OPERATORS
    if inner or isinstance(thing, CLOSED) or callable(thing) or is_suspended(thing):
        raise Refused(name)
    # A library's objects can do more than their test means them to.
    if type(thing).__module__ != "test" and type(thing) is not NAMESPACE:
        raise Refused(name)
    return thing


def is_suspended(thing):
    """Whether a thing is a computation that goes on when it is asked to."""
    return hasattr(type(thing), "send") or hasattr(type(thing), "asend")


def served_harmless_call(number, arguments, named):
    thing = SHOWN[number]
    if any(thing is it for it in NEVER_CALLED) or isinstance(thing, type) and not may_make(thing):
        raise Refused("call")
    if named[1] and getattr(thing, "__module__", None) != "test":
        # Those of libraries say where to write and what to leave out.
        raise Refused("call")
    require_data(arguments, named)
    return served_call(number, arguments, named)


def may_make(kind):
    """Whether an answer may make objects of this class, if it is lent it."""
    if issubclass(kind, type):
        return False
    return kind.__module__ == "test" or f"{kind.__module__}.{kind.__qualname__}" in MADE


def require_data(*pairs):
    """Refuse what can be called: the test's functions do with what they are given as they like, and every function
    of its own leads to all that it has. So does any object by inner names, and by a path of them."""
    import re

    nodes = [value for how, value in pairs if how == "t"]
    while nodes:
        node = nodes.pop()
        if node[0] == "y" and (callable(SHOWN[node[1]]) or isinstance(SHOWN[node[1]], CLOSED)):
            raise Refused("call")
        if node[0] == "b":
            raise Refused("call")
        if node[0] == "d":
            for entry in node[1]:
                nodes += entry
        elif node[0] in ("l", "u", "s", "f"):
            nodes += node[1]
        elif node[0] == "v":
            # What makes the missing ones may be a type.
            nodes += [it for it in node[2][1] if it[0] != "b"] if node[2][0] == "l" else [node[2]]
    leads = re.compile(rf"(?:[\w\[\]]+\.)*{INNER_NAME}[\w.\[\]]*").fullmatch
    if any(leads(text) for text in texts_in(pairs) if "_" in text and not text.endswith(".py")):
        raise Refused("call")


def served_harmless_put(number, name, value):
    """Data may be changed, and what is done with it may not."""
    thing = open_to_other(number, name)
    has = (getattr(type(thing), name, None), getattr(thing, "__dict__", {}).get(name), unpacked(value))
    if any(map(is_function, has)):
        raise Refused(name)
    require_data(value)
    return served_put(number, name, value)


def is_function(thing):
    """Whether a thing is there to be called, which an object of the answer's may be as well."""
    if isinstance(thing, Double):
        return isinstance(thing, (DoubleFunction, DoubleClass))
    return callable(thing)


def served_harmless_resume(number, name, value):
    require_data(value)
    return served_resume(number, name, value)


def served_harmless_op(number, name, arguments):
    require_data(arguments)
    return served_op(number, name, arguments)


SERVICES.update(
    call=served_harmless_call,
    put=served_harmless_put,
    op=served_harmless_op,
    resume=served_harmless_resume,
)

plainly_mend = mend


def mend(is_theirs, number, pair):
    try:
        require_data(*harmless((pair,)))
        if is_theirs and number in BORROWED:
            # What it returned once it changes now, while it may be looked at.
            before_operation()
        plainly_mend(is_theirs, number, pair)
    except TimeoutException:
        raise
    except Exception:
        # Ours stays as it was.
        pass


# Names by which one gets from any object to all that there is.
INNER_NAME = (
    r"(?:__\w+__|(?:gi|cr|ag)_(?:frame|code)|f_(?:back|builtins|code|globals|locals)|tb_(?:frame|next)"
    r"|co_(?:consts|code|names|varnames))\b"
)


def harmless(fields):
    """A template that walks to inner names may be kept for later, and what an answer returns its test may fill in."""
    import re

    if Test.formats:
        walks = re.compile(rf"\.{INNER_NAME}").search
        if any(walks(field) for text in texts_in(fields) for field in fields_of(text)):
            raise Refused("template")
    return fields


def fields_of(template):
    """What stands in braces. In brackets a brace does not end it."""
    for field in template.split("{")[1:]:
        yield field if "[" in field else field.partition("}")[0]


def texts_in(fields):
    """Every text in plain values."""
    level = [fields]
    while level:
        inside = []
        for item in level:
            if type(item) is str:
                yield item
            elif type(item) is bytes:
                yield item.decode("latin-1")
            elif type(item) in CONTAINERS:
                inside += item
                if type(item) is dict:
                    inside += item.values()
        level = inside

# Types that make nothing but data.
DATA = frozenset(
    "bool bytearray bytes complex dict float frozenset int list object set str tuple".split()
)
any_builtin_type = builtin_type


def builtin_type(name):
    kind = any_builtin_type(name)
    if name not in DATA and not issubclass(kind, BaseException):
        raise Refused(name)
    return kind


def shown_classes(kind):
    """What the test raises is told by Python's own names: its classes are things to make others with."""
    return []


def numbers_of(array):
    if array.dtype.kind not in "biufc":
        raise NotPlain("ndarray")
    return [array.tolist(), array.dtype.str, list(array.shape)]


# An answer may be given arrays. Those that it makes are nothing to look into: making them anew takes what
# it says of memory, and comparing them takes many values for the same.
PARTS["numpy.ndarray"] = numbers_of


def hash_there(self):
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
        if Test.expects_ends or request[0] in ("next", "resume") or request[:3:2] == ("op", "__next__"):
            raise
        kind = type(error).__name__
        harmless = RuntimeError(f"the answer raised {kind}")
        Raised.last = (harmless, kind, Raised.last[2])
        raise harmless from None


class Test:
    """Whether the test speaks of what ends loops, and of what fills in templates."""

    expects_ends = formats = False


class Names(dict):
    """The test's names. What neither it nor Python has is looked for in the answer."""

    def __missing__(self, name):
        if name in vars(builtins):
            raise KeyError(name)
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
            self[name] = named(*found)
            Answered.add(self[name])
        return self[name]


def look_up(name, with_imports):
    """What the answer has by this name: nothing, or a pair and perhaps a number."""
    return ask("names", name, with_imports)[0]


class Answered:
    """How many names the test has from the answer: that of the function under test, and what else it lacks.

    With a second one the answer has a say in how the first is looked at. Only a class may be there to make
    what the function is given.
    """

    names = deciding = 0

    @classmethod
    def add(cls, thing):
        cls.names += 1
        cls.deciding += not isinstance(thing, DoubleClass)
        if cls.deciding > 1:
            before_operation()


# What is asked of a built-in value for a yes or a no, and of an array or a table.
ASKS = {name for kind in (str, set) for name in dir(kind) if name.startswith(("is", "starts", "ends"))}
ASKS.update("all allclose any array_equal empty eq equal equals identical isin same".split())


def before_attribute(name):
    if Answered.names > 1 or name in ASKS:
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


def named(pair, number=None):
    """What the answer has under a name that the test uses: a class or an object may be used like one."""
    thing = borrowed(pair, number)
    if pair[0] == "t" and pair[1][0] == "h" and pair[1][2] == "class":
        thing = DOUBLES[thing.__number__] = DoubleClass(thing.__number__, thing.__label__)
        # And its objects like objects, wherever they come from.
        KINDS["object"] = DoubleObject
    return usable(thing) if type(thing) is Double else thing


def run():
    import re

    beginning, setup, statements, function, limit = receive()
    send("ready")
    swallow()
    space = Names(__name__="test", __builtins__=builtins)
    text = "\n".join([beginning, setup, *statements])
    Test.expects_ends = any(kind.__name__ in text for kind in ENDS)
    Test.formats = re.search(r"\.format(?:_map)?\b|vformat|Formatter", text) is not None
    if re.search(r"(?<![\"'])\.format(?:_map)?\b|vformat|Formatter", text):
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
        asked_for_class = isinstance(space.pop(function, None), type)
        require_no_classes(space)
        if found:
            double = named if asked_for_class else borrowed
            space[function] = double(*found)
            Answered.add(space[function])
        if not setup or is_done(setup, space):
            for statement in statements:
                if is_done(statement, space):
                    send("passed")
    except TimeoutException:
        send("failed", "TimeoutException", "the test ran out of time", False, 0)
    except Inseparable as why:
        send("inseparable", f"{why}")
    send("over")
    leave(0)


# Objects of these travel as plain values.
PLAIN_TYPES = (int, float, complex, str, bytes, bytearray, tuple, list, dict, set, frozenset, BaseException)


def require_no_classes(space):
    """Objects of a class that the prompt defines the answer makes as well, and both sides take them for theirs."""
    for thing in space.values():
        if isinstance(thing, type) and thing.__module__ == "test" and not issubclass(thing, PLAIN_TYPES):
            raise Inseparable("its prompt defines a class")


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
    Raised.last = (None, "", 0)
    try:
        exec(statement, space)
    except (TimeoutException, Inseparable):
        raise
    except BaseException as error:
        try:
            name, text, _ = words(error)
        except Exception:
            # A number too long to be written, say.
            name, text = plain(type(error).__name__), ""
        theirs = error is Raised.last[0]
        send("failed", Raised.last[1] if theirs else name, text, theirs, Raised.last[2])
        return False
    return True


# What happens where texts or bytes become code.
MAKING_CODE = ("compile", "marshal.loads", "pickle.find_class")
# What makes code of names that it has looked at, or none at all.
HARMLESS = {
    ("collections", "namedtuple"),
    ("dataclasses", "_create_fn"),
    ("dataclasses", "add_fns_to_class"),
    ("ast", "parse"),
}
# This module's own functions that run the test and read messages, and nothing else meanwhile.
OWN = {run.__code__, is_done.__code__, receive.__code__, copied.__code__}


def watch(event, arguments):
    """A test that makes code of what an answer says can be led anywhere by it.

    What is written in C has no frame, and shows as whoever calls it.
    """
    if event in MAKING_CODE:
        frame = sys._getframe(1)
        place = (frame.f_globals.get("__name__"), frame.f_code.co_name)
        if frame.f_code not in OWN and place not in HARMLESS and not is_import(place, event, arguments):
            before_operation()
    elif event == "os.mkdir" or event == "open" and makes_file(arguments[2]):
        if not is_import((sys._getframe(1).f_globals.get("__name__"), ""), event, arguments):
            raise Inseparable("it makes files")


def is_import(place, event, arguments):
    """Whether a module of Python's own, or one that is installed, is being read."""
    if "importlib" not in f"{place[0]}":
        return False
    homes = tuple({sys.prefix, sys.base_prefix})
    return event != "compile" or f"{arguments[1]}".startswith(homes)


def makes_file(flags):
    return type(flags) is int and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)


def start():
    at_depth(BELOW - 3, run)
