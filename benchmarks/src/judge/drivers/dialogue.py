# A conversation between two interpreters: one runs a test, the other the answer that it tests.
#
# Each may hold things that the other can use without having them: functions, classes, objects,
# iterators. Values of built-in types travel; of everything else a number travels, and the other side
# makes a stand-in that asks. Every message is one marshalled tuple with its length before it. The
# judge sits in the middle, takes each message apart and passes on what consists of plain values, so
# that neither side ever unmarshals what the other made.


def send(*message):
    data = dump(message, 2)
    tell(len(data).to_bytes(4, "little") + data)


def receive():
    for _ in range(4 * MOST_SHARED):
        message = load(next_message())
        if message[0] != "mend":
            return message
        mend(*message[1:])
    raise Refused("mend")


# What has come and was not heard yet, and how much is read at a time: most messages in one go.
INBOX = bytearray()
LEAST, MOST = 1 << 12, 1 << 20


def next_message():
    # Waiting for the other side is not this one's idleness.
    hold_clock()
    end = 4
    while len(INBOX) < end or len(INBOX) < (end := 4 + int.from_bytes(INBOX[:4], "little")):
        part = read(0, min(max(end - len(INBOX), LEAST), MOST))
        if not part:
            leave(0)
        INBOX.extend(part)
    message = INBOX[4:end]
    del INBOX[:end]
    # This may raise, and then what was heard is lost and not taken for the answer to the next question.
    let_clock_go()
    return message


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


# What is known of the other side, beside what tables hold.
STATES = [raised, lendings]


def rehearse_with(*messages):
    """As `rehearse`, of a side that hears these messages and then nothing more."""
    global read, SERVICES, KINDS
    sent = [dump(message, 2) for message in messages]
    heard = io.BytesIO(b"".join(len(data).to_bytes(4, "little") + data for data in sent))
    kept = read, sys.addaudithook, sys.modules["__main__"], SERVICES, KINDS
    # A hook could not be taken away again.
    read, sys.addaudithook = (lambda _, count: heard.read(count) or over()), lambda hook: None
    SERVICES, KINDS = dict(SERVICES), dict(KINDS)
    try:
        rehearse()
    finally:
        read, sys.addaudithook, sys.modules["__main__"], SERVICES, KINDS = kept
        for table in (SHOWN, NUMBERS, DOUBLES, LENT, BORROWED, INBOX):
            table.clear()
        for state in STATES:
            state.__init__()
        sys.modules.pop("test", None)


def over():
    raise EOFError
