# Values on their way between an answer and its test. The first of a pair says how: "p" is a plain value as it is,
# "t" a tree of pairs for what holds something that is none. The judge knows one kind of set.

# A name that an answer has imported from one of these is imported on the other side as well. Nothing in
# them is equal to everything.
PURE = (
    "math cmath itertools functools collections heapq bisect statistics re string datetime decimal "
    "fractions copy json"
).split()

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
        after_giving(value)
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
