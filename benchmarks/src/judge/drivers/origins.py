# What of an answer's own makes a verdict weak, or keeps its test from running apart from it.


class Origins:
    """Where the test first met each thing of the answer's.

    An answer says which of its things are one, and a test may look whether they are: by `is`, by `in`, by
    comparing what they lie in. Those that the test makes are different ones, and so are the constants of a class, or the
    verdict is weak. What is one of these, or lies where the test has put it or has found it before, the answer may say.
    Any other that comes again is one with something else at the answer's word alone.
    """

    def __init__(self):
        # The place that each number came from first, and the numbers that places have: as the test has put them
        # there, and as constants.
        self.of, self.put, self.constants = {}, {}, {}
        # Where what arrives now comes from, and how many things have come from there by now.
        self.place, self.count = RETURNED, 0

    def meet(self, thing):
        number, place = thing.__number__, self.place
        is_put = self.put.get(place) == number
        if place not in (RETURNED, MADE_BY_TEST):
            # What lies in one list lies at different places.
            place, self.count = (*place, self.count), self.count + 1
        if self.is_constant(place) and isinstance(thing, DoubleObject):
            if self.constants.setdefault(place, number) != number:
                before_operation()
        before = self.of.get(number)
        if before is None:
            self.of[number] = place
            return
        if place == RETURNED:
            is_known = before == MADE_BY_TEST or self.is_constant(before)
        else:
            is_known = place != MADE_BY_TEST and (place == before or is_put)
        if not is_known:
            before_operation()

    def is_constant(self, place):
        return isinstance(DOUBLES.get(place[0]), DoubleClass)


origins = Origins()


plainly_double = double


def double(number, kind, name):
    is_error = kind.startswith("error ")
    if type(number) is not int or not (is_error or kind == "object" or kind in KINDS):
        raise Refused("show")
    thing = plainly_double(number, kind, name)
    origins.meet(thing)
    if is_error and origins.place == RETURNED:
        # It was not given to be caught.
        before_operation()
    return thing


def arriving(place, handed):
    origins.place, origins.count = place, 0
    try:
        return borrowed(*handed)
    finally:
        origins.place = RETURNED


def after_put(place, value):
    origins.put[place] = value.__number__ if isinstance(value, Double) else None


def after_making(thing):
    if isinstance(thing, Double):
        hearing.unused.add(thing.__number__)


def after_giving(thing):
    hearing.unused.discard(thing.__number__)


def before_plain_value():
    # It is a function by another name, or derives from what travels by value.
    inseparable("a class of the answer makes plain values")


def after_change():
    # What is expected may be worked out from what was passed, as it is by now.
    before_operation()


def before_copy():
    inseparable("it copies what is the answer's")


def before_identity(thing):
    if not origins.is_constant(origins.of.get(thing.__number__, RETURNED)):
        before_operation()


plainly_unpacked = unpacked


def unpacked(pair, own=()):
    if any(node[0] == "b" for node in nodes_in((pair,))):
        # A type decides what is one of it, and which exceptions are caught.
        before_operation()
    return plainly_unpacked(pair, own)
