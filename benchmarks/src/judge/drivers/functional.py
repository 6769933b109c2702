"""Calls an answer with every input and hands back what it returned; comparing is the judge's work.

Order: (entry point, program, inputs, limit in seconds for all). Tells: None when the program is
about to start, for each input (True, marshalled result) or (False, what went wrong), then what
`perform` tells. An answer may return values of exactly the built-in types.
"""

BELOW = 14


def run():
    entry_point, program, inputs, limit = order()
    inputs = load(inputs)
    say(None)

    def body():
        space = {"__name__": "answer"}
        code = compile(program, "<string>", "exec", dont_inherit=True)
        stage.now = "run"
        exec(code, space)
        function = space[entry_point]
        stage.now = "test"
        for arguments in inputs:
            try:
                say((True, kept(function(*arguments))))
            except TimeoutException:
                raise
            except BaseException as error:
                name, text, line = words(error)
                say((False, f"{name}: {text} (line {line})" if line else f"{name}: {text}"))

    perform(limit, body)


def kept(value):
    data = dumped(value)
    if data is None:
        raise TypeError(f"it returned a {plain(type(value).__name__)}")
    return data


def start():
    at_depth(BELOW - 3, run)
