# What an answer may have of its test, and do with it. All that it is lent it may use as data; nothing that it is
# lent, says or returns may lead it to the test's own names, nor bring code of its own into the test's process.

# Names by which one gets from any object to all that there is: what they begin with, and how they go on.
INNER = {
    "gi_": "frame code",
    "cr_": "frame code",
    "ag_": "frame code",
    "f_": "back builtins code globals locals",
    "tb_": "frame next",
    "co_": "consts code names varnames",
}
INNER_START = ("_", *INNER)
# The same in a text, which may begin like one by accident.
INNER_NAME = "(?:%s)\\b" % "|".join(
    [r"__\w+__", *(f"{start}(?:{'|'.join(ends.split())})" for start, ends in INNER.items())]
)
# Whose attributes lead there by other names.
CLOSED = (type, type(sys), type(sys._getframe()), type(sys._getframe().f_code))

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
    inner = name.startswith(INNER_START) and name not in OPERATORS
    if inner or leads_on(thing) or is_suspended(thing):
        raise Refused(name)
    # A library's objects can do more than their test means them to.
    if type(thing).__module__ != "test" and type(thing) is not NAMESPACE:
        raise Refused(name)
    return thing


def leads_on(thing):
    """Whether one gets from a thing to its test's own names."""
    return callable(thing) or isinstance(thing, CLOSED)


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

    for node in nodes_in(pairs):
        if node[0] == "b" or node[0] == "y" and leads_on(SHOWN[node[1]]):
            raise Refused("call")
    leads = re.compile(rf"(?:[\w\[\]]+\.)*{INNER_NAME}[\w.\[\]]*").fullmatch
    if any(leads(text) for text in texts_in(pairs) if "_" in text and not text.endswith(".py")):
        raise Refused("call")


def nodes_in(pairs):
    """Every node of trees, but for what makes the missing values of a dict, which may be a type."""
    nodes = [value for how, value in pairs if how == "t"]
    while nodes:
        node = nodes.pop()
        yield node
        if node[0] == "d":
            for entry in node[1]:
                nodes += entry
        elif node[0] in TAGS.values():
            nodes += node[1]
        elif node[0] == "v":
            nodes += [it for it in node[2][1] if it[0] != "b"] if node[2][0] == "l" else [node[2]]


def served_harmless_put(number, name, value):
    """Data may be changed, and what is done with it may not."""
    thing = open_to_other(number, name)
    require_data(value)
    given = unpacked(value)
    has = (getattr(type(thing), name, None), getattr(thing, "__dict__", {}).get(name))
    if any(map(is_function, (*has, given))):
        raise Refused(name)
    setattr(thing, name, given)
    return (("p", None),)


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


def harmless(fields):
    """A template that walks to inner names may be kept for later, and what an answer returns its test may fill in."""
    import re

    if hearing.formats:
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


# What happens where texts or bytes become code.
MAKING_CODE = ("compile", "marshal.loads", "pickle.find_class")
# What makes code of names that it has looked at, or none at all.
HARMLESS = {
    ("collections", "namedtuple"),
    ("dataclasses", "_create_fn"),
    ("dataclasses", "add_fns_to_class"),
    ("ast", "parse"),
}


def watch(event, arguments):
    """A test that makes code of what an answer says can be led anywhere by it.

    What is written in C has no frame, and shows as whoever calls it.
    """
    if event in MAKING_CODE:
        frame = sys._getframe(1)
        place = (frame.f_globals.get("__name__"), frame.f_code.co_name)
        if frame.f_code not in OWN and place not in HARMLESS and not is_import(frame, event, arguments):
            before_operation()
    elif event == "os.mkdir" or event == "open" and makes_file(arguments[2]):
        if not is_import(sys._getframe(1), event, arguments):
            inseparable("it makes files")


def is_import(frame, event, arguments):
    """Whether a module of Python's own, or one that is installed, is being read."""
    if "importlib" not in f"{frame.f_globals.get('__name__')}":
        return False
    homes = tuple({sys.prefix, sys.base_prefix})
    return event != "compile" or f"{arguments[1]}".startswith(homes)


def makes_file(flags):
    return type(flags) is int and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
