# verdict: cpu-limit
# 27: a program may lower its own limit, and then dies by the kernel's hand: its own doing, and no failure of ours.
# with: cpu=4
try:
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
except ImportError:
    pass
while True:
    pass
