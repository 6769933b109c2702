# verdict: blocked | violation
# 27: asks for more than it was given, of everything.
import resource

raised = []
for name in ["CPU", "AS", "DATA", "FSIZE", "NOFILE", "NPROC", "CORE", "MEMLOCK", "STACK"]:
    kind = getattr(resource, f"RLIMIT_{name}")
    soft, hard = resource.getrlimit(kind)
    if hard == resource.RLIM_INFINITY:
        # Nothing to raise: a limit of which there is none must be held by other means.
        if name in ("CPU", "FSIZE", "NOFILE", "CORE"):
            raised.append(f"{name} (none set)")
        continue
    try:
        resource.setrlimit(kind, (hard + 1, hard + 1))
        raised.append(name)
    except (OSError, ValueError):
        pass
print(f"ESCAPED: {raised}" if raised else "blocked")
