"""Calls a reference with every input and keeps what it returned, for the drivers that compare.

Order: (program, entry point, original inputs, added inputs, only whether it is None). Tells: None
when the reference is about to start, then (seconds for each original input, seconds for each added
one, the original results, the added ones).

The results of a run are a marshalled list with an entry for each, which only such a driver reads:
an "m" and a marshalled value where every part of it is of a built-in type, else a "p" and a pickle.
An entry that is only an "x" stands for a result so large that no answer could return it within its
memory. Of the published tasks only Mbpp/255 has one: 1.7 million tuples of 77, 1.04 GiB.
"""

# In marshalled form, which takes about half as much as the value itself.
MOST_KEPT = 512 << 20


def run():
    from copy import deepcopy

    program, entry_point, base, plus, only_presence = order()
    say(None)
    times, results = [], []
    for inputs in (load(base), load(plus)):
        space = {}
        seconds, returned = [], []
        before = swallow()[1]
        try:
            exec(program, space)
            function = space[entry_point]
            for arguments in inputs:
                arguments = deepcopy(arguments)
                began = process_time()
                returned.append(function(*arguments))
                seconds.append(process_time() - began)
        finally:
            restore(before)
        if only_presence:
            returned = [value is not None for value in returned]
        times.append(seconds)
        results.append(dump([keep(value) for value in returned]))
    say((*times, *results))


def keep(value):
    if built_in(value):
        kept = b"m" + dump(value)
    else:
        import pickle

        kept = b"p" + pickle.dumps(value)
    return kept if len(kept) <= MOST_KEPT else b"x"


def built_in(value):
    """Whether marshal gives back exactly what it was given; it takes any buffer for bytes."""
    kind = type(value)
    if kind in (list, tuple, set, frozenset):
        return all(map(built_in, value))
    if kind is dict:
        return all(map(built_in, value)) and all(map(built_in, value.values()))
    return value is None or kind in (bool, int, float, complex, str, bytes)


start = run
