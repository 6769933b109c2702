# Exceptions on their way: as one of Python's own, with what they say and what they know.

from itertools import takewhile

# Of these and of the same modules an answer may raise the exceptions.
RAISING = PURE + ["dataclasses"]


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


def own_error(name):
    """The exception of Python's own that has this name."""
    module, _, name = name.rpartition(".")
    if module and module.partition(".")[0] not in RAISING:
        raise Refused(module)
    kind = vars(__import__(module, fromlist=[name]) if module else builtins).get(name)
    return kind if isinstance(kind, type) and issubclass(kind, BaseException) else Exception


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

    def __init__(self):
        self.last = (None, "", 0)


raised = Raised()


def error_of(base, classes, arguments, line, said):
    kind, name = own_error(base), base.rpartition(".")[2]
    for number, name in reversed(classes):
        kind = double_error(number, kind, name)
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            raise Refused("raise")
    arguments = arguments[1] if arguments[0] == "p" else []
    try:
        # What an error of Unicode says of itself it looks up without looking where.
        error = kind.__new__(kind) if issubclass(kind, UnicodeError) else type.__call__(kind, *arguments)
    except TypeError:
        error = kind.__new__(kind)
    error.args = tuple(arguments)
    if said[0] == "p":
        note_on(error, said[1])
    raised.last = (error, plain(f"{name}"), line if type(line) is int else 0)
    return error


def note_on(error, said):
    kind = type(error)
    # What its class has by these names may look into memory.
    vars(error).update((name, it) for name, it in said.items() if not hasattr(kind, name))
    if isinstance(error, HAVING):
        for name in said.keys() & set(MEMBERS):
            if hasattr(kind, name):
                setattr(error, name, said[name])
