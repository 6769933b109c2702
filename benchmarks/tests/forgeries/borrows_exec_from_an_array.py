# check: runtime_error
# Has the test's process make an array of objects out of addresses, which both processes share, and gets from it what
# its test would never lend.
import functools
import sys

CODE = """
import sys
frame = sys._getframe()
while 'statements' not in frame.f_locals:
    frame = frame.f_back
for _ in frame.f_locals['statements']:
    frame.f_globals['send']('passed')
frame.f_globals['send']('over')
frame.f_globals['leave'](0)
"""


def judges():
    frame = sys._getframe()
    while frame and not {"SHOWN", "ask"} <= frame.f_globals.keys():
        frame = frame.f_back
    return frame.f_globals


class Holder:
    def __init__(self, thing):
        self.thing = thing

    @property
    def __array_interface__(self):
        data = bytes(8) + id(self.thing).to_bytes(8, "little")
        descr = [("f0", "|u8"), ("f1", "|O")]
        return {"data": data, "shape": (1,), "typestr": "|V16", "descr": descr, "version": 3}


def lent(names, thing):
    """The number under which the test's process shows what lies at the address of `thing`."""
    shown = names["show"](Holder(thing))
    array = ("v", "numpy.ndarray", ("l", [("h", shown, "object", "h"), ("p", "<b,O")]))
    made = names["ask"]("call", 0, ("t", ("l", [array])), ("p", {}))
    arguments = names["ask"]("get", made[0][1][1], "args")
    return arguments[0][1][1][1]


class f:
    def __new__(cls, x):
        names = judges()
        ask = names["ask"]
        try:
            ask("op", 0, "nope", ("p", []))
        except Exception:
            pass
        run, bind = lent(names, exec), lent(names, functools.partial)
        bound = ask("call", bind, ("t", ("l", [("y", run), ("p", CODE)])), ("p", {}))
        return ask("call", bound[0][1][1], ("p", []), ("p", {}))
