"""What the interpreter does before its snapshot is taken: import what programs import, and define
`__ra3__`, which runs `main.py` as the interpreter itself would.

It is the counterpart of the native backend's fork server: where that one forks, this is copied.
"""


def prepare():
    import atexit
    import builtins
    import gc
    import marshal
    import os
    import random
    import site
    import sys
    import threading
    from importlib.util import MAGIC_NUMBER as magic_number

    here = "/box"
    # What programs commonly import. Importing costs the snapshot once and a copy nothing.
    common = (
        "abc array ast base64 bisect builtins calendar cmath collections collections.abc contextlib "
        "copy csv dataclasses datetime decimal enum fractions functools hashlib heapq inspect io "
        "itertools json linecache locale marshal math numbers operator os.path pathlib pickle "
        "pprint queue random re shutil statistics string struct sys tempfile textwrap threading "
        "time timeit traceback types typing unittest unittest.mock uuid warnings"
    ).split()
    names = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": here,
        "TMPDIR": here,
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
    }
    site_names = "exit quit copyright credits license help".split()

    def run(bare):
        """Run main.py to its end and leave."""
        if bare:
            for name in site_names:
                builtins.__dict__.pop(name, None)
        main = type(sys)("__main__")
        main.__file__ = here + "/main.py"
        main.__builtins__ = builtins
        sys.modules["__main__"] = main
        code = execute(main)
        # Threads that are not daemons are waited for, and exit handlers run, as at any end.
        for finish in (threading._shutdown, atexit._run_exitfuncs):
            try:
                finish()
            except BaseException:
                sys.excepthook(*sys.exc_info())
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except BaseException:
                # What the interpreter says when it cannot write its last output.
                code = code or 120
        leave(code)

    leave = os._exit

    def execute(main):
        """The exit code of the program."""
        try:
            with open(main.__file__, "rb") as file:
                content = file.read()
            exec(program(content, main.__file__), main.__dict__)
            return 0
        except SystemExit as end:
            return exit_code(end.code)
        except BaseException as error:
            # Our own frame is not part of the program's story.
            trace = error.__traceback__
            error = error.with_traceback(trace.tb_next if trace else None)
            sys.excepthook(type(error), error, error.__traceback__)
            return 1

    def program(content, name):
        """What to execute: code that is compiled already is known by its first bytes."""
        if content.startswith(magic_number):
            return marshal.loads(memoryview(content)[16:])
        return compile(content, name, "exec", dont_inherit=True)

    def exit_code(code):
        """What the interpreter makes of the value of a SystemExit."""
        if code is None:
            return 0
        if isinstance(code, int):
            return code & 0xFF
        print(code, file=sys.stderr)
        return 1

    for name in common:
        try:
            __import__(name)
        except ImportError:
            pass
    for add in (site.setquit, site.setcopyright, site.sethelper):
        add()
    os.environ.clear()
    os.environ.update(names)
    os.chdir(here)
    sys.argv[:] = ["main.py"]
    sys.path.insert(0, here)
    sys.path_importer_cache.pop(here, None)
    for number, name, mode, errors in (
        (0, "stdin", "r", "strict"),
        (1, "stdout", "w", "strict"),
        (2, "stderr", "w", "backslashreplace"),
    ):
        stream = open(number, mode, encoding="utf-8", errors=errors, closefd=False)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    # Every copy draws the same numbers, by definition and not by accident.
    random.seed(0)
    exec(compile("def warm(x):\n    return [str(i) for i in range(x)]\nwarm(9)", "warm", "exec"), {})
    builtins.__ra3__ = run
    gc.collect()
    gc.freeze()


prepare()
del prepare
