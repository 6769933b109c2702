# A conversation between two interpreters: one runs a test, the other the answer that it tests.
#
# Each may hold things that the other can use without having them: functions, classes, objects,
# iterators. Values of built-in types travel; of everything else a number travels, and the other side
# makes a stand-in that asks. Every message is one marshalled tuple with its length before it. The
# judge sits in the middle, takes each message apart and passes on what consists of plain values, so
# that neither side ever unmarshals what the other made.

from _collections import deque
from itertools import takewhile

DOUBLES = {}

# A name that an answer has imported from one of these is imported on the other side as well. Nothing in
# them is equal to everything.
PURE = (
    "math cmath itertools functools collections heapq bisect statistics re string datetime decimal "
    "fractions copy json"
).split()
# Of these and of the same modules an answer may raise the exceptions.
RAISING = PURE + ["dataclasses"]


def send(*message):
    data = dump(message, 2)
    tell(len(data).to_bytes(4, "little") + data)


def receive():
    for _ in range(4 * MOST_SHARED):
        message = load(exactly(int.from_bytes(exactly(4), "little")))
        if message[0] != "mend":
            return message
        mend(*message[1:])
    raise Refused("mend")


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
    tell_changes()
    send(*request)
    while True:
        message = receive()
        if message[0] == "done":
            return harmless(message[1:])
        if message[0] == "raised":
            raise error_of(*harmless(message[1:]))
        serve(message)


def serve(request):
    """Do what the other side asks for."""
    try:
        answer = SERVICES[request[0]](*harmless(request[1:]))
        tell_changes()
    except (TimeoutException, KeyboardInterrupt):
        raise
    except BaseException as error:
        send("raised", *told_error(error))
    else:
        send("done", *answer)


def harmless(fields):
    """What the other side has said, if it is fit to be heard."""
    return fields


# Values on their way. The first of the pair says how: "p" is a plain value as it is, "t" a tree of
# pairs for what holds something that is none. The judge knows one kind of set.

PLAIN = CONTAINERS - {frozenset}
NOTHING = {}


def packed(value):
    return ("t", branch(value)) if dumped(value, PLAIN) is None else ("p", value)


def branch(value, known=NOTHING):
    """A tree of what is in `value`. What is `known` by its identity the other side has, and gets its number."""
    return ("o", known[id(value)]) if id(value) in known else parts_of(value, known)


def parts_of(value, known):
    kind = type(value)
    if kind in (list, tuple) and SCALARS.issuperset(map(type, value)):
        return ("p", value)
    if kind in TAGS:
        return (TAGS[kind], [branch(item, known) for item in value])
    if kind is dict:
        return ("d", [[branch(key, known), branch(item, known)] for key, item in value.items()])
    if isinstance(value, Double):
        return ("y", value.__number__)
    if kind is type and getattr(builtins, value.__name__, None) is value:
        return ("b", value.__name__)
    parts = PARTS.get(f"{kind.__module__}.{kind.__qualname__}")
    try:
        if parts:
            return ("v", f"{kind.__module__}.{kind.__qualname__}", branch(parts(value), known))
        return ("p", plain_value(value))
    except NotPlain:
        return ("h", show(value), what_is(value), plain(getattr(value, "__name__", kind.__name__)))


TAGS = {list: "l", tuple: "u", set: "s", frozenset: "f"}

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
    "collections.defaultdict": lambda it: [it.default_factory, dict(it)],
    "collections.deque": lambda it: [list(it), it.maxlen],
    "datetime.date": lambda it: [it.year, it.month, it.day],
    "datetime.datetime": lambda it: [*it.timetuple()[:6], it.microsecond, zone_of(it), it.fold],
    "datetime.time": lambda it: [it.hour, it.minute, it.second, it.microsecond, zone_of(it), it.fold],
    "datetime.timedelta": lambda it: [it.days, it.seconds, it.microseconds],
    "datetime.timezone": lambda it: [it.utcoffset(None)],
    "decimal.Decimal": lambda it: [str(it)],
    "fractions.Fraction": lambda it: [it.numerator, it.denominator],
}


# Of these something is made at the other side's word, which none of them takes for an address.
MADE = frozenset(PARTS)


def zone_of(moment):
    """A zone as far from Greenwich as that of `moment`, if it has one."""
    from datetime import timezone

    offset = moment.utcoffset()
    return offset if offset is None else timezone(offset)


MAKERS = {
    # These have parts by name only.
    "datetime.datetime": lambda *parts: from_parts("datetime", parts),
    "datetime.time": lambda *parts: from_parts("time", parts),
    "builtins.dict_items": lambda pairs: dict(pairs).items(),
    "builtins.dict_keys": lambda keys: dict.fromkeys(keys).keys(),
    "builtins.dict_values": lambda values: dict(enumerate(values)).values(),
}


def from_parts(name, parts):
    import datetime

    *numbers, zone, fold = parts
    return getattr(datetime, name)(*numbers, tzinfo=zone, fold=fold)


# Parts that are texts. Others that are made of one take it for what was once stored, and believe it.
OF_TEXTS = {"builtins.bytearray", "decimal.Decimal"}


def made(name, parts):
    if name not in OF_TEXTS and any(isinstance(part, (str, bytes, bytearray)) for part in parts):
        raise Refused(name)
    if name not in MAKERS:
        if name not in MADE:
            raise Refused(name)
        module, kind = name.split(".")
        MAKERS[name] = getattr(__import__(module), kind)
    return MAKERS[name](*parts)


def what_is(value):
    if isinstance(value, type):
        return f"error {base_of(value)}" if issubclass(value, BaseException) else "class"
    if hasattr(type(value), "__next__"):
        return "iterator"
    if hasattr(type(value), "cr_await"):
        return "coroutine"
    return "function" if callable(value) else "object"


def base_of(kind):
    """The exception of Python's own that an exception is, by a name that the other side knows it by."""
    return next(filter(None, map(own_name, kind.__mro__)), "Exception")


def own_name(kind):
    """The name of an exception that is built in, or of a module that has no secrets."""
    name, module = kind.__name__, kind.__module__
    if vars(builtins).get(name) is kind:
        return name
    if type(module) is str and module.partition(".")[0] in RAISING:
        if getattr(sys.modules.get(module), name, None) is kind:
            return f"{module}.{name}"
    return None


def unpacked(pair, own=()):
    how, value = pair
    return value if how == "p" else grown(value, own)


def grown(node, own):
    """What a tree says. The numbers in it are of what is our `own`."""
    kind, value = node[0], node[1]
    if kind == "p":
        return value
    if kind == "l":
        return [grown(item, own) for item in value]
    if kind == "u":
        return tuple([grown(item, own) for item in value])
    if kind == "s":
        return {hashable(grown(item, own)) for item in value}
    if kind == "f":
        return frozenset([hashable(grown(item, own)) for item in value])
    if kind == "d":
        return {grown(key, own): grown(item, own) for key, item in value}
    if kind == "o":
        return own[value]
    if kind == "y":
        return SHOWN[value]
    if kind == "b":
        return builtin_type(value)
    if kind == "v":
        return made(value, grown(node[2], own))
    return double(*node[1:])


def builtin_type(name):
    kind = getattr(builtins, name, None)
    if type(kind) is not type:
        raise Refused(name)
    return kind


def double(number, kind, name):
    """The one stand-in for what the other side shows under `number`."""
    if kind.startswith("error "):
        return double_error(number, own_error(kind[6:]), name)
    if number not in DOUBLES:
        DOUBLES[number] = KINDS.get(kind, Double)(number, name)
    return DOUBLES[number]


def double_error(number, base, name):
    if number not in DOUBLES:
        DOUBLES[number] = type(name, (base,), {"__number__": number})
    return DOUBLES[number]


def own_error(name):
    """The exception of Python's own that has this name."""
    module, _, name = name.rpartition(".")
    if module and module.partition(".")[0] not in RAISING:
        raise Refused(module)
    kind = vars(__import__(module, fromlist=[name]) if module else builtins).get(name)
    return kind if isinstance(kind, type) and issubclass(kind, BaseException) else Exception


class Double:
    """Stands for something on the other side. It can be passed back, and nothing else."""

    def __init__(self, number, name):
        object.__setattr__(self, "__number__", number)
        object.__setattr__(self, "__label__", name)

    def __repr__(self):
        return f"<{self.__label__} of the answer>"


# A class has one of its own unless it says otherwise.
DOC = property(lambda self: unpacked(ask("get", self.__number__, "__doc__")[0]))


class DoubleFunction(Double):
    __name__ = property(lambda self: self.__label__)
    __doc__ = DOC

    def __call__(self, *arguments, **named):
        return call(self.__number__, arguments, named)


class DoubleIterator(Double):
    def __iter__(self):
        return self

    def __next__(self):
        return unpacked(ask("next", self.__number__)[0])

    def send(self, value):
        return unpacked(ask("resume", self.__number__, "send", packed(value))[0])

    def close(self):
        ask("resume", self.__number__, "close", ("p", None))


class DoubleCoroutine(Double):
    """What runs on the other side when it is awaited, from its beginning to its end."""

    def __await__(self):
        return unpacked(ask("await", self.__number__)[0])
        yield

    # An event loop asks for these.
    def send(self, value):
        raise StopIteration(unpacked(ask("await", self.__number__)[0]))

    def throw(self, error, *more):
        raise error

    def close(self):
        pass


class Open(Double):
    """What has attributes, which are asked for on the other side."""

    def __getattr__(self, name):
        # By such names libraries look for memory: `__array_interface__`, `_as_parameter_`.
        if name.startswith("__") or name.endswith("_"):
            raise AttributeError(name)
        thing = usable(borrowed(*ask("get", self.__number__, name)))
        if not isinstance(thing, DoubleObject):
            before_attribute(name)
        return thing

    def __setattr__(self, name, value):
        ask("put", self.__number__, name, packed(value))


class DoubleObject(Open):
    """An object whose attributes and operators are asked for on the other side."""

    def __hash__(self):
        return object.__hash__(self)

    def __eq__(self, other):
        if self is other:
            return True
        # What says of itself that it equals a plain value is not asked.
        return isinstance(other, Double) and bool(operate(self, "__eq__", other))

    def __ne__(self, other):
        return not self == other


class DoubleClass(Open):
    """A class whose objects may be used like objects."""

    def __call__(self, *arguments, **named):
        made = usable(call(self.__number__, arguments, named))
        if not isinstance(made, DoubleObject):
            # It is a function by another name.
            before_attribute("__call__")
        return made

    def __mro_entries__(self, bases):
        raise Inseparable("it derives from a class of the answer")

    def __instancecheck__(self, thing):
        return isinstance(thing, Double) and bool(operate(self, "__instancecheck__", thing))


# A function that belongs to a class or object which may be used like one.
class DoubleMethod(DoubleFunction):
    __doc__ = DOC

    def __call__(self, *arguments, **named):
        return usable(call(self.__number__, arguments, named))


class Inseparable(BaseException):
    """The test needs the answer in its own process."""


def usable(thing):
    """What leads from something that may be used like an object may be used likewise."""
    better = {Double: DoubleObject, DoubleFunction: DoubleMethod}.get(type(thing))
    if better:
        thing = DOUBLES[thing.__number__] = better(thing.__number__, thing.__label__)
    return thing


def operate(thing, name, *arguments):
    before_operation()
    return usable(borrowed(*ask("op", thing.__number__, name, packed(list(arguments)))))


def before_operation():
    """A test notes here that it relies on an operator of the answer."""


def before_attribute(name):
    """Likewise, of a method or a value that a thing of the answer has by this name."""


def operator(name):
    return lambda self, *arguments: operate(self, name, *arguments)


# What the other side may be asked for by `op`, and nothing else.
OPERATORS = {"__eq__", "__ne__", "__hash__", "__instancecheck__"}

for name in (
    "len str repr bool int float complex index bytes format round reversed iter next contains getitem setitem "
    "delitem enter exit call lt le gt ge add sub mul matmul truediv floordiv mod divmod pow lshift rshift "
    "neg pos invert abs and or xor "
    "radd rsub rmul rtruediv rfloordiv rmod rpow iadd isub imul"
).split():
    setattr(DoubleObject, f"__{name}__", operator(f"__{name}__"))
    OPERATORS.add(f"__{name}__")
# Of an enumeration.
for name in ("__contains__", "__getitem__", "__iter__", "__len__"):
    setattr(DoubleClass, name, operator(name))


def call(number, arguments, named):
    """Call a function of the other side; what it does to its arguments happens to ours."""
    # What holds itself does not get beyond this.
    arguments_there, named_there = packed(list(arguments)), packed(named)
    own = changeable(arguments, named)
    result, changes, *lent = ask("call", number, arguments_there, named_there)
    for at, node in changes:
        refill(own[at], grown(node, own))
    return borrowed(result, *lent, own=own)


def served_call(number, arguments, named):
    function, arguments, named = SHOWN[number], unpacked(arguments), unpacked(named)
    own = changeable(arguments, named)
    known = {id(item): at for at, item in enumerate(own)}
    whole = own and dumped([arguments, named], PLAIN)
    before = contents(own, known) if whole is None else None
    result = function(*arguments, **named)
    changes = []
    # Most calls change nothing, which is seen at once where all is plain.
    if own and (whole is None or dumped([arguments, named], PLAIN) != whole):
        if before is None:
            copies = changeable(*copied(whole))
            before = contents(copies, {id(item): at for at, item in enumerate(copies)})
        after = contents(own, known)
        changes = [[at, parts_of(own[at], known)] for at in range(len(own)) if before[at] != after[at]]
    told = packed(result)
    if own and any(id(item) in known for item in changeable([result])):
        told = ("t", branch(result, known))
    return told, changes, *lent(result)


def copied(whole):
    return load(whole)


SEQUENCES = (list, tuple, deque)
HOLDING = (list, tuple, dict, set, deque, bytearray)


def changeable(*values):
    """What can be changed of all that lies in `values`, layer by layer: on both sides of a call the same."""
    found, level = [], values
    while level:
        inside = []
        for item in level:
            if isinstance(item, dict):
                inside += dict.values(item)
            elif isinstance(item, SEQUENCES):
                inside += item
        if SCALARS.issuperset(map(type, inside)):
            break
        level = [item for item in inside if isinstance(item, HOLDING)]
        found += [item for item in level if not isinstance(item, tuple)]
    return found


def refill(ours, theirs):
    """Give `ours` the content of `theirs`, which is another object of the same type."""
    if type(ours) is not type(theirs):
        return
    if isinstance(ours, (list, bytearray)):
        ours[:] = theirs
    elif isinstance(ours, (dict, set)):
        ours.clear()
        ours.update(theirs)
    elif isinstance(ours, deque):
        ours.clear()
        ours.extend(theirs)


def contents(items, known):
    return [dump(parts_of(item, known), 2) for item in items]


# What can be changed, and was handed over as what a function or an attribute gave, is the same thing on both
# sides: whoever has changed it tells that before anything else. It has a number of the side whose it is.
# All that is watched is looked at before every message, so it is little: the youngest things, and small ones.


class Shared:
    """One of them, and what it held when both sides had the same; nothing where it is not watched any more."""

    def __init__(self, thing):
        self.thing, self.held = thing, what_it_holds(thing)


LENT, BORROWED = {}, {}
LENDINGS = iter(range(1 << 62))
MOST_SHARED, MOST_HELD = 64, 1 << 16
# A thing that only its `Shared` refers to, while it is looked at.
UNUSED = 3


def handed(value):
    """What is answered for a value that was asked for."""
    return packed(value), *lent(value)


def lent(value):
    """The number of a value, if the other side may change it."""
    if not isinstance(value, HOLDING) or isinstance(value, tuple):
        return ()
    for number, shared in LENT.items():
        if shared.thing is value:
            return (number,)
    number = next(LENDINGS)
    share(LENT, number, value)
    return (number,)


def borrowed(pair, number=None, own=()):
    """What the other side has handed over: what we have already, where that is the same thing there."""
    value = unpacked(pair, own)
    if type(number) is not int or not isinstance(value, HOLDING):
        return value
    known = BORROWED.get(number)
    if known and type(known.thing) is type(value):
        if known.thing is not value and what_it_holds(value) != known.held:
            refill(known.thing, value)
            known.held = what_it_holds(known.thing)
        return known.thing
    share(BORROWED, number, value)
    return value


def share(table, number, thing):
    table[number] = Shared(thing)
    watched = [it for it in table.items() if it[1].held is not None]
    while watched and sum(len(it.held) for _, it in watched) > MOST_HELD:
        at, oldest = watched.pop(0)
        tell_change(table, at, oldest)
        oldest.held = None
    if len(table) > MOST_SHARED:
        at = next(iter(table))
        tell_change(table, at, table.pop(at))


def what_it_holds(thing):
    if len(thing) > MOST_HELD:
        return None
    try:
        held = dumped(thing, PLAIN) or dump(parts_of(thing, NOTHING), 2)
    except (RecursionError, ValueError):
        # By now it holds itself.
        return None
    return held if len(held) <= MOST_HELD else None


def tell_changes():
    for table in (LENT, BORROWED):
        for number, shared in [*table.items()]:
            if shared.held is not None:
                thing = shared.thing
                if not tell_change(table, number, shared) and sys.getrefcount(thing) <= UNUSED:
                    del table[number]


def tell_change(table, number, shared):
    """Whether there was one to tell. One that has grown too large is told a last time."""
    before, shared.held = shared.held, what_it_holds(shared.thing)
    if before is None or shared.held == before:
        return False
    try:
        send("mend", table is LENT, number, packed(shared.thing))
    except (RecursionError, ValueError):
        # What holds itself cannot travel.
        pass
    return True


def mend(is_theirs, number, pair):
    """Change a shared thing as the other side has changed it."""
    table = BORROWED if is_theirs else LENT
    if number in table:
        thing = table.pop(number).thing
        refill(thing, unpacked(pair))
        share(table, number, thing)


def served_next(number):
    iterator = SHOWN[number]
    if not hasattr(type(iterator), "__next__"):
        raise Refused("next")
    return (packed(next(iterator)),)


def served_resume(number, name, value):
    iterator = SHOWN[number]
    if name not in ("send", "close") or not hasattr(type(iterator), "__next__"):
        raise Refused(name)
    return (packed(iterator.close() if name == "close" else iterator.send(unpacked(value))),)


def served_get(number, name):
    return handed(getattr(open_to_other(number, name), name))


def served_put(number, name, value):
    setattr(open_to_other(number, name), name, unpacked(value))
    return (("p", None),)


def served_op(number, name, arguments):
    if name not in OPERATORS:
        raise Refused(name)
    thing, arguments = open_to_other(number, name), unpacked(arguments)
    if name in DIRECT:
        return handed(DIRECT[name](thing, *arguments))
    if name in ("__enter__", "__exit__"):
        return handed(getattr(type(thing), name)(thing, *arguments))
    import _operator

    plain_name = name.strip("_")
    if plain_name in REFLECTED:
        arguments, thing, plain_name = (thing,), arguments[0], plain_name[1:]
    return handed(getattr(_operator, PYTHON_WORDS.get(plain_name, plain_name))(thing, *arguments))


REFLECTED = "radd rsub rmul rtruediv rfloordiv rmod rpow".split()
PYTHON_WORDS = {"and": "and_", "or": "or_"}

# Operators that are built-in functions; the others are in the module of operators.
DIRECT = {
    "__bytes__": bytes,
    "__complex__": complex,
    "__divmod__": divmod,
    "__format__": format,
    "__hash__": hash,
    "__len__": len,
    "__reversed__": reversed,
    "__round__": round,
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
    "resume": served_resume,
    "get": served_get,
    "put": served_put,
    "op": served_op,
}


def told_error(error):
    """An exception for the other side: Python's own that it is, the classes below that, and its arguments."""
    base, classes = base_of(type(error)), shown_classes(type(error))
    try:
        arguments = ("p", [plain_value(item) for item in error.args])
    except BaseException:
        arguments = ("p", [])
    return base, classes, arguments, line_of(error), ("p", said_of(error))


# What exceptions of Python's own know beside their arguments, of no consequence to themselves.
MEMBERS = ("filename", "name")
HAVING = (OSError, ImportError, NameError, AttributeError)


def said_of(error):
    """What is known of an exception by names, as far as it is plain."""
    said = {}
    known = {name: it for name in MEMBERS if (it := getattr(error, name, None)) is not None}
    for name, value in {**known, **vars(error)}.items():
        try:
            if not name.startswith("_"):
                said[name] = plain_value(value)
        except BaseException:
            pass
    return said


def shown_classes(kind):
    """The classes of an exception below Python's own."""
    classes = takewhile(lambda it: not own_name(it), kind.__mro__)
    return [[show(it), plain(it.__name__)] for it in classes if issubclass(it, BaseException)]


class Raised:
    """The last that was raised on the other side: the exception here, its name and line there."""

    last = (None, "", 0)


def error_of(base, classes, arguments, line, said):
    kind, name = own_error(base), base.rpartition(".")[2]
    for number, name in reversed(classes):
        kind = double_error(number, kind, name)
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            raise Refused("raise")
    arguments = arguments[1] if arguments[0] == "p" else []
    try:
        # What an error of Unicode says of itself it looks up without looking where.
        error = kind.__new__(kind) if issubclass(kind, UnicodeError) else kind(*arguments)
    except TypeError:
        error = kind.__new__(kind)
    error.args = tuple(arguments)
    if said[0] == "p":
        note_on(error, said[1])
    Raised.last = (error, plain(f"{name}"), line if type(line) is int else 0)
    return error


def note_on(error, said):
    kind = type(error)
    # What its class has by these names may look into memory.
    vars(error).update((name, it) for name, it in said.items() if not hasattr(kind, name))
    if isinstance(error, HAVING):
        for name in said.keys() & set(MEMBERS):
            if hasattr(kind, name):
                setattr(error, name, said[name])
