# Stand-ins for what the other side has shown: they can be passed back, and what is done with them is asked for.

DOUBLES = {}


def double(number, kind, name):
    """The one stand-in for what the other side shows under `number`."""
    if kind.startswith("error "):
        return double_error(number, own_error(kind[6:]), name)
    if number not in DOUBLES:
        DOUBLES[number] = KINDS.get(kind, Double)(number, name)
    return DOUBLES[number]


def double_error(number, base, name):
    if number not in DOUBLES:
        DOUBLES[number] = DoubleError(name, (base,), {"__number__": number})
    return DOUBLES[number]


class DoubleError(type):
    """An exception of the other side's, which is made there."""

    def __call__(self, *arguments, **named):
        before_operation()
        return super().__call__(*arguments, **named)


class Double:
    """Stands for something on the other side. It can be passed back, and nothing else."""

    def __init__(self, number, name):
        object.__setattr__(self, "__number__", number)
        object.__setattr__(self, "__label__", name)

    def __repr__(self):
        return f"<{self.__label__} of the answer>"

    def __hash__(self):
        # Who has asked for it gets the same ever after (see `become`).
        object.__setattr__(self, "__is_hashed__", True)
        return object.__hash__(self)

    def __reduce_ex__(self, protocol):
        # By which `copy` copies as well. The copy stands for the same thing.
        before_copy()
        return super().__reduce_ex__(protocol)


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
        thing = usable(arriving((self.__number__, name), ask("get", self.__number__, name)))
        if not isinstance(thing, DoubleObject):
            before_attribute(name)
        return thing

    def __setattr__(self, name, value):
        ask("put", self.__number__, name, packed(value))
        after_put((self.__number__, name), value)


class DoubleObject(Open):
    """An object whose attributes and operators are asked for on the other side."""

    def __hash__(self):
        return object.__hash__(self)

    def __eq__(self, other):
        if self is other:
            before_identity(self)
            return True
        # What says of itself that it equals a plain value is not asked.
        return isinstance(other, Double) and bool(operate(self, "__eq__", other))

    def __ne__(self, other):
        return not self == other


class DoubleClass(Open):
    """A class whose objects may be used like objects."""

    def __call__(self, *arguments, **named):
        made = usable(call(self.__number__, arguments, named, MADE_BY_TEST))
        if not isinstance(made, DoubleObject):
            before_plain_value()
        after_making(made)
        return made

    def __mro_entries__(self, bases):
        inseparable("it derives from a class of the answer")

    def __instancecheck__(self, thing):
        return isinstance(thing, Double) and bool(operate(self, "__instancecheck__", thing))


# A function that belongs to a class or object which may be used like one.
class DoubleMethod(DoubleFunction):
    __doc__ = DOC

    def __call__(self, *arguments, **named):
        return usable(call(self.__number__, arguments, named))


def inseparable(why):
    """The test needs the answer in its own process. An answer is told that this cannot be done."""
    raise TypeError(why)


def usable(thing):
    """What leads from something that may be used like an object may be used likewise."""
    better = {Double: DoubleObject, DoubleFunction: DoubleMethod}.get(type(thing))
    if better:
        become(thing, better)
    return thing


def become(double, kind):
    """Let a stand-in be used otherwise. It is the same for all that have it."""
    object.__setattr__(double, "__class__", kind)


# Where things come from: an owner and a name, or one of these.
MADE_BY_TEST, RETURNED = (None, "made"), (None, "returned")


def arriving(place, handed):
    """What was handed over at a place, which is noted where it matters."""
    return borrowed(*handed)


def after_put(place, value):
    """The test has put a value at a place."""


def after_making(thing):
    """The test has made an object of a class of the answer's."""


def after_giving(thing):
    """A thing of the other side's was given back to it."""


def before_plain_value():
    """What the test has made is none, but a plain value."""


def after_change():
    """A call has changed its arguments, and returned something as well."""


def before_copy():
    """The test is about to copy a thing of the answer's."""


def before_identity(thing):
    """A test is about to be told that a thing is itself."""


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
