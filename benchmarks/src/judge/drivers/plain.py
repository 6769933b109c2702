# What the drivers of the strict judge share: how an answer is run, and how its results come out.
# Marshal takes values of exactly the built-in types; what merely behaves like one is brought down to
# it here, so that the judge compares plain values with its own operators and never with an answer's.


class NotPlain(TypeError):
    """Something that is not made of built-in types; the name of its type."""


def kept(value):
    """`value` as bytes, if it is made of built-in types or of what equals them."""
    return dumped(value) or dump(plain_value(value), 2)


def plain_value(value):
    """The value of a built-in type that `value` equals by the rules of the standard library.

    Subclasses give up what they override. What equals no built-in value (iterators, arrays, objects)
    is refused.
    """
    kind = type(value)
    if value is None or kind in (bool, int, float, complex, str, bytes):
        return value
    if issubclass(kind, list):
        return [plain_value(item) for item in list.__iter__(value)]
    if issubclass(kind, tuple):
        return tuple([plain_value(item) for item in tuple.__iter__(value)])
    if issubclass(kind, (set, frozenset)):
        return {hashable(plain_value(item)) for item in kind.__iter__(value)}
    if issubclass(kind, dict):
        return {plain_value(key): plain_value(item) for key, item in dict.items(value)}
    if issubclass(kind, (type({}.keys()), type({}.items()))):
        return {hashable(plain_value(item)) for item in value}
    if issubclass(kind, int):
        return int.__index__(value)
    if issubclass(kind, float):
        return float.__pos__(value)
    if issubclass(kind, complex):
        return complex.__pos__(value)
    if issubclass(kind, str):
        return str.__str__(value)
    if issubclass(kind, (bytes, bytearray)):
        return bytes(memoryview(value))
    return number(value, kind)


def hashable(value):
    return frozenset(value) if type(value) is set else value


def number(value, kind):
    """What a number of the standard library or of numpy equals, if that is a built-in number."""
    name = f"{kind.__module__}.{kind.__qualname__}"
    if name in ("fractions.Fraction", "decimal.Decimal"):
        for builtin in (int, float):
            if builtin(value) == value:
                return builtin(value)
    numpy = sys.modules.get("numpy")
    if numpy and issubclass(kind, numpy.generic):
        item = value.item()
        if type(item) is not kind:
            return plain_value(item)
    raise NotPlain(kind.__name__)


def space_of(program, setup, prepare=None):
    """Run a program, then what its tests need, as one module of its own, which `prepare` furnishes."""
    module = type(sys)("answer")
    sys.modules["answer"] = module
    space = module.__dict__
    code = compile(program, "<string>", "exec", dont_inherit=True)
    if prepare:
        prepare(space)
    stage.now = "run"
    exec(code, space)
    if setup:
        stage.now = "setup"
        exec(setup, space)
    return space
