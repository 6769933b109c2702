"""Calls a reference with every input and keeps what it returned, for the drivers that compare.

Order: (program, entry point, original inputs, added inputs, only whether it is None). Tells: None
when the reference is about to start, then (seconds for each original input, seconds for each added
one, the original results, the added ones). The results are kept in a form that only such a driver
reads: an "m" and marshalled values where every value is of a built-in type, else a "p" and a
pickle.
"""


def run():
    from copy import deepcopy

    program, entry_point, base, plus, only_presence = order()
    say(None)
    before = swallow()[1]
    times, results = [], []
    for inputs in (load(base), load(plus)):
        space = {}
        exec(program, space)
        function = space[entry_point]
        seconds, returned = [], []
        for arguments in inputs:
            arguments = deepcopy(arguments)
            began = process_time()
            returned.append(function(*arguments))
            seconds.append(process_time() - began)
        if only_presence:
            returned = [value is not None for value in returned]
        times.append(seconds)
        results.append(keep(returned))
    restore(before)
    say((*times, *results))


def keep(returned):
    if built_in(returned):
        return b"m" + dump(returned)
    import pickle

    return b"p" + pickle.dumps(returned)


def built_in(value):
    """Whether marshal gives back exactly what it was given; it takes any buffer for bytes."""
    kind = type(value)
    if kind in (list, tuple, set, frozenset):
        return all(built_in(item) for item in value)
    if kind is dict:
        return all(built_in(key) and built_in(item) for key, item in value.items())
    return value is None or kind in (bool, int, float, complex, str, bytes)


run()
