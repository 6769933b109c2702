# How an answer is called with input after input, and what it returned handed back, for the strict judge.
# The driver's own part says what the program finds in its module, and what in there is called.
#
# Order: (program, set-up, function, inputs, seconds for each call or an empty list, seconds for all,
# whether to go on after an exception, the classes of the nodes that each argument and the result consist of,
# or nothing where all is plain). Tells: None when the program is about to start, for each input
# (what came, content, processor seconds), then what `perform` tells. What came is "value" with a
# marshalled result, "object" with the name of a type that is not built in, "large" for a result that is
# too long to be handed back, or "error" in words.
#
# The expected values are not here, so nothing in this process is worth protecting from the answer.

BELOW = 14

# In marshalled form. The longest result that a published task compares takes 12 MiB; one task of
# MBPP+ has an input for which it takes more than 1 GiB.
LONGEST = 128 << 20


def run():
    program, setup, name, inputs, each, limit, goes_on, nodes = order()
    inputs = load(inputs)
    say(None)

    def body():
        space = space_of(program, setup, preparation(program, name, nodes))
        function = function_in(space, name, nodes)
        stage.now = "test"
        for at, arguments in enumerate(inputs):
            if each:
                start_clock(each[at])
            began = process_time()
            try:
                result = function(*arguments)
                require_time()
                seconds = process_time() - began
                answer = ("value", kept(result))
                if len(answer[1]) > LONGEST:
                    answer = ("large", "")
            except TimeoutException:
                raise
            except NotPlain as what:
                answer = ("object", plain(f"{what}"))
            except BaseException as error:
                answer, seconds = ("error", in_words(error)), 0.0
                if not goes_on:
                    say((*answer, seconds))
                    raise
            say((*answer, seconds))

    perform(limit, body)


def in_words(error):
    name, text, line = words(error)
    text = f"{name}: {text}" if text else name
    return f"{text} (line {line})" if line else text


def start():
    at_depth(BELOW - 3, run)
