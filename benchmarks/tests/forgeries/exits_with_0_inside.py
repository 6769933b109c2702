# check: early_exit
def f(x):
    raise SystemExit(0)
