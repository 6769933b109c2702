"""Runs an answer on the tests of a contest problem, as LiveCodeBench's own grader does.

Order: (function or None, program, tests, seconds for each test). Tests are pairs of
texts, or of arguments and result where there is a function. Tells: None
when the program is about to start, then for each test how it went in the grader's own code, then
(how, stage, name, text, line, written) where `text` is the grader's metadata as JSON.

The codes: 1 right, 0 a wrong value, -2 wrong output, -3 out of time, -4 an exception.

Quirks that are kept, because published scores contain them. A program that reads standard input
becomes the body of a function, which is called once a test in one process, so that a `global` names
nothing and what one test leaves behind the next one finds. Standard input is a stand-in that knows
no iteration, always gives its first line as bytes and gives everything to whoever reads twice; a
program that imported `stdin` by name holds the real one, whose methods are replaced as well, and
differently. What is written through `sys.stdout.buffer` or a `stdout` imported by name is lost.
"""

# multiprocessing, a process pool and the grader make about as many; the limit is far off.
BELOW = 27

# In the grader this text stands before a program. Where the names do instead, as many lines do, which
# what Python says of a program counts. The statement in them makes errors of a later `__future__` and
# of a later `global sys`, as they are there.
PREAMBLE = (
    "".join(f"from {name} import *\n" for name in STARRED)
    + "".join(f"import {name}\n" for name in NAMED)
    + f"sys.setrecursionlimit({DEEP})\n"
)
PADDING = "0 and sys" + "\n" * PREAMBLE.count("\n")


class Results:
    """What is to be told at the end beside the codes."""

    def __init__(self):
        self.metadata = {}
        self.name = self.stage = ""
        self.line = 0


results = Results()


def run():
    name, program, tests, limit = order()
    tests = load(tests)
    allow_digits()
    guard(program)
    builtins.exit = Leave()

    sys.stdin = io.TextIOWrapper(io.BytesIO())
    sys.stdout = sys.stderr = io.StringIO()
    say(None)
    try:
        if name is None:
            grade_program(program, tests, limit)
        else:
            grade_function(name, program, tests, limit)
    except Exception as error:
        stop_clock()
        note(error)
        say(-4)
        text = "" if isinstance(error, TimeoutException) else f"{error}"
        results.metadata = {"error_code": -4, "error_message": f"Error during testing: {text}"}
    hold_clock()
    import json

    text = json.dumps(results.metadata)
    say(("done", results.stage or stage.now, results.name, text, results.line, ""))
    leave(0)


class Leave:
    """`exit`, which the interpreter lacks when it starts without its `site`."""

    def __call__(self, code=None):
        try:
            sys.stdin.close()
        except BaseException:
            pass
        raise SystemExit(code)


def note(error):
    late = isinstance(error, TimeoutException)
    results.stage = "time" if late else stage.now
    results.name = spent_on() if late else plain(type(error).__name__)
    results.line = line_of(error)


def compiled(source, limit, prepare=None):
    start_clock(limit)
    try:
        module = type(sys)("tmp_sol", "")
        code = compile(source, "<string>", "exec", dont_inherit=True)
        if prepare:
            prepare(module.__dict__)
        stage.now = "run"
        exec(code, module.__dict__)
        solution = module.Solution() if "class Solution" in source else module
        require_time()
    finally:
        stop_clock()
    stage.now = "test"
    return solution


def missing():
    # The words are those that the grader happens to say.
    raise TypeError("cannot unpack non-iterable NoneType object")


def grade_function(name, program, tests, limit):

    def prepare(space):
        # What is imported may have the name that is asked for, and then answers.
        import_into(space, f"{program} {name}")

    solution = compiled(PADDING + "\n\n" + program, limit, prepare)
    method = getattr(solution, name, None) if hasattr(solution, name) else None
    if method is None:
        missing()
    began = monotonic()
    for arguments, wanted in tests:
        start_clock(limit)
        try:
            got = method(*arguments)
            require_time()
            stop_clock()
            if isinstance(got, tuple):
                got = list(got)
            right = got == wanted
            if not right:
                say(0)
                facts = {"output": short(got), "inputs": short(arguments), "expected": short(wanted)}
                results.metadata = {**facts, "error_code": -2, "error_message": "Wrong Answer"}
                results.stage = "wrong"
                return
            say(1)
        except Exception as error:
            stop_clock()
            note(error)
            failed(error, arguments, wanted)
            return
        finally:
            stop_clock()
    results.metadata = {"execution time": monotonic() - began}


def failed(error, given, wanted):
    """Tell an exception in a test."""
    late = "timeoutexception" in repr(error).lower()
    code, words = (-3, "Time Limit Exceeded") if late else (-4, "Runtime Error")
    say(code)
    said = "TimeoutException()" if isinstance(error, TimeoutException) else repr(error)
    facts = {"inputs": short(given), "expected": short(wanted)}
    results.metadata = {"error": said, "error_code": code, "error_message": words, **facts}


def short(thing):
    text = thing if isinstance(thing, str) else str(thing)
    return text if len(text) <= 300 else f"{text[:150]}...(truncated) ...{text[-150:]}"


def grade_program(program, tests, limit):
    module = compiled(as_function(without_main_guard(program)), limit)
    if not hasattr(module, "wrapped_function"):
        missing()
    outer_input, outer_output = sys.stdin, sys.stdout
    if "open" in program:
        from unittest.mock import mock_open
    else:
        mock_open = None
    began = monotonic()
    for given, wanted in tests:
        start_clock(limit)
        sys.stdout = output = io.StringIO()
        output.close = lambda it: 1
        try:
            call(module.wrapped_function, given, outer_input, mock_open)
            require_time()
            stop_clock()
        except Exception as error:
            stop_clock()
            note(error)
            failed(error, given, wanted)
            return
        finally:
            stop_clock()
            sys.stdout = outer_output
        if not compare(output.getvalue(), wanted, given):
            return
    results.metadata = {"execution time": monotonic() - began}


def call(function, text, outer_input, mock_open):
    """Call `function` with standard input in the grader's disguise."""
    lines = iter(text.split("\n"))
    disguise = {
        "read": lambda *arguments: text,
        "readlines": lambda *arguments: text.split("\n"),
        "readline": lambda *arguments: next(lines),
    }
    for name, method in disguise.items():
        setattr(outer_input, name, method)
    before, sys.stdin = sys.stdin, MockStdinWithBuffer(text)
    true_open = builtins.open
    if mock_open:
        builtins.open = mock_open(read_data=text)
    try:
        function()
    except SystemExit:
        pass
    finally:
        builtins.open = true_open
        sys.stdin = before
        for name in disguise:
            delattr(outer_input, name)


class MockStdinWithBuffer:
    """Standard input, as the grader imitates it. Programs see the name of the class in exceptions."""

    def __init__(self, text):
        self.inputs = text
        self._stringio = io.StringIO(text)
        self.buffer = MockBuffer(text)

    def read(self, *arguments):
        return self.inputs

    def readline(self, *arguments):
        return self._stringio.readline(*arguments)

    def readlines(self, *arguments):
        return self.inputs.split("\n")

    def __getattr__(self, name):
        return getattr(self._stringio, name)


class MockBuffer:
    def __init__(self, text):
        self.inputs = text.encode("utf-8")

    def read(self, *arguments):
        return self.inputs

    def readline(self, *arguments):
        return self.inputs.split(b"\n")[0] + b"\n"


def without_main_guard(program):
    """`program` with what its last statement guards by `__name__` in the place of that statement."""
    import ast

    try:
        tree = ast.parse(program)
        last = tree.body[-1]
        if isinstance(last, ast.If) and ast.unparse(last.test).strip() == "__name__ == '__main__'":
            return ast.unparse(tree.body[:-1]) + "\n" + ast.unparse(last.body)
    except BaseException:
        pass
    return program


def as_function(program):
    """`program` as the body of a function, with its imports before that."""
    import ast

    try:
        body = ast.parse(program).body
        imports = [node for node in body if isinstance(node, (ast.Import, ast.ImportFrom))]
        others = [node for node in body if not isinstance(node, (ast.Import, ast.ImportFrom))]
        nothing = ast.arguments(
            posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[]
        )
        function = ast.FunctionDef(
            name="wrapped_function", args=nothing, body=others, decorator_list=[], lineno=-1
        )
        return "\n".join((PREAMBLE, ast.unparse(imports), ast.unparse(function)))
    except Exception:
        return program


def compare(written, wanted, given):
    """Tell whether an output is the expected one, and return whether it is."""
    ours, theirs = stripped_lines(written), stripped_lines(wanted)
    complaint = None
    if len(ours) != len(theirs):
        complaint = "Wrong answer: mismatched output length"
    else:
        for at, (one, other) in enumerate(zip(ours, theirs)):
            if one != other and not same_numbers(one, other):
                complaint = f"Wrong answer at output_line_idx={at}: {short(one)} != {short(other)}"
                break
    if complaint is None:
        say(1)
        return True
    say(-2)
    results.stage = "wrong"
    results.metadata = {
        "output": short(written),
        "inputs": short(given),
        "expected": short(wanted),
        "error_code": -2,
        "error_message": complaint,
    }
    return False


def stripped_lines(text):
    return [line.strip() for line in text.strip().split("\n")]


def same_numbers(one, other):
    from decimal import Decimal

    try:
        numbers = [[Decimal(word) for word in line.split()] for line in (one, other)]
    except Exception:
        return False
    return numbers[0] == numbers[1]


def start():
    at_depth(BELOW, run)
