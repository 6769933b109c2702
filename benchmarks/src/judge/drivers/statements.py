"""Runs an answer, then a set-up, then statements that must not raise, all in one namespace.

Order: (answer, set-up, statements, limit in seconds for all, whether things are taken away from it). Tells: None when the answer is about
to start, True or False for each statement, then what `perform` tells. A statement that raises does
not stop those after it, so that nearly right answers can be told from wrong ones; running out of
time does.
"""

BELOW = 14


def run():
    answer, setup, statements, limit, is_guarded = order()
    if is_guarded:
        guard(answer)
    say(None)

    def body():
        space = {}
        code = compile(answer, "<string>", "exec", dont_inherit=True)
        stage.now = "run"
        exec(code, space)
        stage.now = "setup"
        exec(setup, space)
        stage.now = "test"
        failure = None
        for statement in statements:
            try:
                exec(statement, space)
            except TimeoutException:
                raise
            except BaseException as error:
                failure = failure or error
                say(False)
            else:
                say(True)
        if failure is not None:
            raise failure

    perform(limit, body)


def start():
    at_depth(BELOW - 3, run)
