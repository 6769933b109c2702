# What changes on one side changes on the other: arguments of a call, and what was handed over.

from _collections import deque


def call(number, arguments, named, place=RETURNED):
    """Call a function of the other side; what it does to its arguments happens to ours."""
    # What holds itself does not get beyond this.
    arguments_there, named_there = packed(list(arguments)), packed(named)
    own = changeable(arguments, named)
    result, changes, *lent = ask("call", number, arguments_there, named_there)
    for at, node in changes:
        refill(own[at], unpacked(("t", node), own))
    value = arriving(place, (result, *(lent or (None,)), own))
    if changes and value is not None:
        after_change()
    return value


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


class Lendings:
    """How many there have been."""

    def __init__(self):
        self.count = 0


lendings = Lendings()
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
    number, lendings.count = lendings.count, lendings.count + 1
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
