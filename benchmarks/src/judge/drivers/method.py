# Calls the method of a contest problem, or its function, as LiveCodeBench's prompts ask for them.


imports_future = sys.modules["re"].compile(r"^from +__future__", sys.modules["re"].MULTILINE).search


def preparation(program, name, nodes):
    """What imports before a program do, but for the name of the task, which some of what is imported
    has: `operator.add` must not answer it."""

    def prepare(space):
        # Behind imports this one would be an error, so a program with it gets none.
        if not imports_future(program):
            import_into(space, program)
            space.pop(name, None)
        if nodes:
            space.update(NODES)

    return prepare


def function_in(space, name, nodes):
    """What calls the method, each time on a fresh object, so that nothing one test leaves in it helps
    or harms the next."""

    def answer(*arguments):
        if isinstance(space.get("Solution"), type):
            return getattr(space["Solution"](), name)(*arguments)
        if name not in space:
            raise NameError(f"name {name!r} is not defined")
        return space[name](*arguments)

    return on_nodes(answer, space, nodes) if nodes else answer
