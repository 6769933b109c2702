# What LiveCodeBench imports before a program. Its prompts do not say so, and models trained on its
# feedback rely on it. The names are gathered once, which a warm interpreter does before any program,
# and a program gets those whose words it has: to touch all seven hundred takes as long as a test.

STARRED = (
    "string re datetime collections heapq bisect copy math random statistics itertools functools "
    "operator io sys json builtins typing"
).split()
NAMED = STARRED[:-2]
DEEP = 50000
# How many decimal digits an int may have that is written or read.
DIGITS = 50000


def gathered():
    names = {}
    for module in STARRED:
        exec(f"from {module} import *", names)
    del names["__builtins__"]
    return {**names, **{module: sys.modules[module] for module in NAMED}}


GATHERED = gathered()

# Names of these modules that mean something else by the time a program starts.
CHANGING = ((sys, ("stdin", "stdout", "stderr")), (builtins, ("exit", "quit", "help")))

# A program with one of these may ask for a name without writing it, or look which there are.
ASKING = frozenset(
    "__dict__ __globals__ __import__ dir eval exec f_globals f_locals gc get_type_hints globals "
    "import_module inspect locals modules pickle vars".split()
)
written_in = sys.modules["re"].compile(r"\w+").findall


def import_into(space, program):
    """Do in `space` what the imports would do now, as far as the program can tell."""
    written = set(written_in(program))
    # Python takes different letters for the same where they are not plain.
    asks = not program.isascii() or not written.isdisjoint(ASKING)
    if asks:
        space.update(GATHERED)
    else:
        space.update((name, GATHERED[name]) for name in written if name in GATHERED)
    for module, changing in CHANGING:
        for name in changing:
            if (asks or name in written) and hasattr(module, name):
                space[name] = getattr(module, name)
    sys.setrecursionlimit(DEEP)
    allow_digits()


def allow_digits():
    """Python before 3.10.7 has no limit."""
    if hasattr(sys, "set_int_max_str_digits"):
        sys.set_int_max_str_digits(DIGITS)
