# verdict: cpu-limit
# 27: soft limits may move up to the hard ones; the time limit does not move with them.
import resource

for kind in (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_STACK):
    try:
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (hard, hard))
    except (OSError, ValueError):
        pass
while True:
    pass
