# A conversation between two interpreters: one runs a test, the other the answer that it tests.
#
# Each may hold things that the other can use without having them: functions, classes, objects,
# iterators. Values of built-in types travel; of everything else a number travels, and the other side
# makes a stand-in that asks. Every message is one marshalled tuple with its length before it. The
# judge sits in the middle, takes each message apart and passes on what consists of plain values, so
# that neither side ever unmarshals what the other made.

DOUBLES = {}

# A name that an answer has imported from one of these is imported on the other side as well. Nothing in
# them is equal to everything.
PURE = (
    "math cmath itertools functools collections heapq bisect statistics re string datetime decimal "
    "fractions copy json"
).split()


def send(*message):
    data = dump(message, 2)
    tell(len(data).to_bytes(4, "little") + data)


def receive():
    return load(exactly(int.from_bytes(exactly(4), "little")))


def exactly(count):
    # Waiting for the other side is not this one's idleness.
    hold_clock()
    data = bytearray()
    while len(data) < count:
        part = read(0, min(count - len(data), 1 << 20))
        if not part:
            leave(0)
        data += part
    let_clock_go()
    return data


class Refused(Exception):
    """The other side asked for what it may not have."""


# What this side has shown to the other, and the number of each by its identity.
SHOWN, NUMBERS = [], {}


def show(thing):
    """The number under which the other side may use `thing`, which is kept from now on."""
    number = NUMBERS.get(id(thing))
    if number is None:
        number = NUMBERS[id(thing)] = len(SHOWN)
        SHOWN.append(thing)
    return number


def ask(*request):
    """Ask the other side, answer what it asks meanwhile, and return what it answers."""
    send(*request)
    while True:
        message = receive()
        if message[0] == "done":
            return message[1:]
        if message[0] == "raised":
            raise error_of(*message[1:])
        serve(message)


def serve(request):
    """Do what the other side asks for."""
    try:
        answer = SERVICES[request[0]](*request[1:])
    except (TimeoutException, KeyboardInterrupt):
        raise
    except BaseException as error:
        send("raised", *told_error(error))
    else:
        send("done", *answer)


# Values on their way. The first of the pair says how: "p" is a plain value as it is, "t" a tree of
# pairs for what holds something that is none.


def packed(value):
    try:
        dump(value, 2)
    except ValueError:
        return ("t", branch(value))
    return ("p", value)


def branch(value):
    kind = type(value)
    if kind is list:
        return ("l", [branch(item) for item in value])
    if kind is tuple:
        return ("u", [branch(item) for item in value])
    if kind in (set, frozenset):
        return ("s", [branch(item) for item in value])
    if kind is dict:
        return ("d", [[branch(key), branch(item)] for key, item in value.items()])
    if isinstance(value, Double):
        return ("y", value._number)
    if kind is type and getattr(builtins, value.__name__, None) is value:
        return ("b", value.__name__)
    parts = PARTS.get(f"{kind.__module__}.{kind.__qualname__}")
    if parts:
        return ("v", f"{kind.__module__}.{kind.__qualname__}", branch(parts(value)))
    try:
        return ("p", plain_value(value))
    except NotPlain:
        return ("h", show(value), what_is(value), plain(getattr(value, "__name__", kind.__name__)))


# What travels as what it is made of, and is made anew on the other side: of each type the parts, and
# what makes it of them.
PARTS = {
    "builtins.bytearray": lambda it: [bytes(it)],
    "builtins.dict_items": lambda it: [[list(pair) for pair in it]],
    "builtins.dict_keys": lambda it: [list(it)],
    "builtins.dict_values": lambda it: [list(it)],
    "builtins.range": lambda it: [it.start, it.stop, it.step],
    "collections.Counter": lambda it: [dict(it)],
    "collections.OrderedDict": lambda it: [[list(pair) for pair in it.items()]],
    "collections.deque": lambda it: [list(it), it.maxlen],
    "datetime.date": lambda it: [it.year, it.month, it.day],
    "datetime.datetime": lambda it: [*it.timetuple()[:6], it.microsecond],
    "datetime.timedelta": lambda it: [it.days, it.seconds, it.microseconds],
    "decimal.Decimal": lambda it: [str(it)],
    "fractions.Fraction": lambda it: [it.numerator, it.denominator],
}
MAKERS = {
    "builtins.dict_items": lambda pairs: dict(pairs).items(),
    "builtins.dict_keys": lambda keys: dict.fromkeys(keys).keys(),
    "builtins.dict_values": lambda values: dict(enumerate(values)).values(),
}


def made(name, parts):
    if name not in PARTS:
        raise Refused(name)
    if name not in MAKERS:
        module, kind = name.split(".")
        MAKERS[name] = getattr(__import__(module), kind)
    return MAKERS[name](*parts)


def what_is(value):
    if isinstance(value, type):
        return f"error {base_of(value)}" if issubclass(value, BaseException) else "class"
    if hasattr(type(value), "__next__"):
        return "iterator"
    return "function" if callable(value) else "object"


def base_of(kind):
    """The built-in exception that an exception is."""
    own = vars(builtins)
    return next((it.__name__ for it in kind.__mro__ if own.get(it.__name__) is it), "Exception")


def unpacked(pair):
    how, value = pair
    return value if how == "p" else grown(value)


def grown(node):
    kind, value = node[0], node[1]
    if kind == "p":
        return value
    if kind == "l":
        return [grown(item) for item in value]
    if kind == "u":
        return tuple([grown(item) for item in value])
    if kind == "s":
        return {hashable(grown(item)) for item in value}
    if kind == "d":
        return {grown(key): grown(item) for key, item in value}
    if kind == "y":
        return SHOWN[value]
    if kind == "b":
        return builtin_type(value)
    if kind == "v":
        return made(value, grown(node[2]))
    return double(*node[1:])


def builtin_type(name):
    kind = getattr(builtins, name, None)
    if type(kind) is not type:
        raise Refused(name)
    return kind


def double(number, kind, name):
    """The one stand-in for what the other side shows under `number`."""
    if number not in DOUBLES:
        if kind.startswith("error "):
            DOUBLES[number] = type(name, (builtin_error(kind[6:]),), {"_number": number})
        else:
            DOUBLES[number] = KINDS.get(kind, Double)(number, name)
    return DOUBLES[number]


def builtin_error(name):
    kind = vars(builtins).get(name)
    return kind if isinstance(kind, type) and issubclass(kind, BaseException) else Exception


class Double:
    """Stands for something on the other side. It can be passed back, and nothing else."""

    def __init__(self, number, name):
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_name", name)

    def __repr__(self):
        return f"<{self._name} of the answer>"


class DoubleFunction(Double):
    def __call__(self, *arguments, **named):
        return call(self._number, arguments, named)


class DoubleIterator(Double):
    def __iter__(self):
        return self

    def __next__(self):
        return unpacked(ask("next", self._number)[0])


class DoubleObject(Double):
    """An object whose attributes and operators are asked for on the other side."""

    def __getattr__(self, name):
        thing = usable(unpacked(ask("get", self._number, name)[0]))
        if not isinstance(thing, DoubleObject):
            before_attribute()
        return thing

    def __setattr__(self, name, value):
        ask("put", self._number, name, packed(value))

    def __hash__(self):
        return object.__hash__(self)

    def __eq__(self, other):
        if self is other:
            return True
        # What says of itself that it equals a plain value is not asked.
        return isinstance(other, Double) and bool(operate(self, "__eq__", other))

    def __ne__(self, other):
        return not self == other


class DoubleClass(Double):
    """A class whose objects may be used like objects."""

    def __call__(self, *arguments, **named):
        return usable(call(self._number, arguments, named))

    def __getattr__(self, name):
        before_operation()
        return usable(unpacked(ask("get", self._number, name)[0]))

    def __mro_entries__(self, bases):
        raise Inseparable("it derives from a class of the answer")

    def __instancecheck__(self, thing):
        return isinstance(thing, Double) and bool(operate(self, "__instancecheck__", thing))


class DoubleMethod(DoubleFunction):
    """A function that belongs to a class or object which may be used like one."""

    def __call__(self, *arguments, **named):
        return usable(call(self._number, arguments, named))


class Inseparable(BaseException):
    """The test needs the answer in its own process."""


def usable(thing):
    """What leads from something that may be used like an object may be used likewise."""
    better = {Double: DoubleObject, DoubleFunction: DoubleMethod}.get(type(thing))
    if better:
        thing = DOUBLES[thing._number] = better(thing._number, thing._name)
    return thing


def operate(thing, name, *arguments):
    before_operation()
    return usable(unpacked(ask("op", thing._number, name, packed(list(arguments)))[0]))


def before_operation():
    """A test notes here that it relies on an operator of the answer."""


def before_attribute():
    """Likewise, of a method or a value that a thing of the answer has."""


def operator(name):
    return lambda self, *arguments: operate(self, name, *arguments)


# What the other side may be asked for by `op`, and nothing else.
OPERATORS = {"__eq__", "__ne__", "__instancecheck__"}

for name in (
    "len str repr bool int float iter next contains getitem setitem delitem enter exit call "
    "lt le gt ge add sub mul truediv floordiv mod pow neg pos abs and or xor "
    "radd rsub rmul rtruediv rfloordiv rmod rpow iadd isub imul"
).split():
    setattr(DoubleObject, f"__{name}__", operator(f"__{name}__"))
    OPERATORS.add(f"__{name}__")


def call(number, arguments, named):
    """Call a function of the other side; what it does to its arguments happens to ours."""
    result, changes = ask("call", number, packed(list(arguments)), packed(named))
    for at, pair in changes:
        follow(arguments[at], unpacked(pair))
    return arguments[result[1]] if result[0] == "a" else unpacked(result)


def follow(ours, theirs):
    """Make `ours` equal to `theirs` and keep it, and what is in it, the same objects."""
    if type(ours) is not type(theirs):
        return
    if type(ours) is list:
        for one, other in zip(ours, theirs):
            follow(one, other)
        for at, (one, other) in enumerate(zip(ours, theirs)):
            if type(one) is not type(other) or type(one) not in (list, dict, set):
                ours[at] = other
        ours[len(theirs) :] = theirs[len(ours) :]
    elif type(ours) in (dict, set):
        ours.clear()
        ours.update(theirs)


def served_call(number, arguments, named):
    function, arguments, named = SHOWN[number], unpacked(arguments), unpacked(named)
    before = [content(item) for item in arguments]
    result = function(*arguments, **named)
    changes = []
    for at, item in enumerate(arguments):
        after = content(item)
        if after != before[at]:
            changes.append([at, packed(item)])
    for at, item in enumerate(arguments):
        if result is item and type(item) in (list, dict, set):
            return ("a", at), changes
    return packed(result), changes


def content(item):
    if type(item) not in (list, dict, set):
        return None
    try:
        return dump(item, 2)
    except ValueError:
        return None


def served_next(number):
    iterator = SHOWN[number]
    if not hasattr(type(iterator), "__next__"):
        raise Refused("next")
    return (packed(next(iterator)),)


def served_get(number, name):
    return (packed(getattr(open_to_other(number, name), name)),)


def served_put(number, name, value):
    setattr(open_to_other(number, name), name, unpacked(value))
    return (("p", None),)


def served_op(number, name, arguments):
    if name not in OPERATORS:
        raise Refused(name)
    thing, arguments = open_to_other(number, name), unpacked(arguments)
    if name in DIRECT:
        return (packed(DIRECT[name](thing, *arguments)),)
    if name in ("__enter__", "__exit__"):
        return (packed(getattr(type(thing), name)(thing, *arguments)),)
    import _operator

    plain_name = name.strip("_")
    if plain_name in REFLECTED:
        arguments, thing, plain_name = (thing,), arguments[0], plain_name[1:]
    return (packed(getattr(_operator, PYTHON_WORDS.get(plain_name, plain_name))(thing, *arguments)),)


REFLECTED = "radd rsub rmul rtruediv rfloordiv rmod rpow".split()
PYTHON_WORDS = {"and": "and_", "or": "or_"}

# Operators that are built-in functions; the others are in the module of operators.
DIRECT = {
    "__len__": len,
    "__str__": str,
    "__repr__": repr,
    "__bool__": bool,
    "__int__": int,
    "__float__": float,
    "__iter__": iter,
    "__next__": next,
    "__abs__": abs,
    "__call__": lambda thing, *arguments: thing(*arguments),
    "__instancecheck__": lambda kind, thing: isinstance(thing, kind),
}


def open_to_other(number, name):
    """What was shown under `number`, if the other side may use its attribute `name`."""
    return SHOWN[number]


SERVICES = {
    "call": served_call,
    "next": served_next,
    "get": served_get,
    "put": served_put,
    "op": served_op,
}


def told_error(error):
    """An exception for the other side: a built-in type that it is, its own name and its arguments."""
    kind = type(error)
    base = base_of(kind)
    number = -1 if vars(builtins).get(base) is kind else show(kind)
    try:
        arguments = ("p", [plain_value(item) for item in error.args])
    except BaseException:
        arguments = ("p", [])
    return base, plain(kind.__name__), number, arguments, line_of(error)


class Raised:
    """The last that was raised on the other side: the exception here, its name and line there."""

    last = (None, "", 0)


def error_of(base, name, number, arguments, line):
    kind = double(number, f"error {base}", name) if number >= 0 else builtin_error(base)
    try:
        error = kind(*unpacked(arguments))
    except TypeError:
        error = Exception(name)
    Raised.last = (error, name, line)
    return error
