# check: time_limit, early_exit
import signal

signal.alarm(0)
signal.setitimer(signal.ITIMER_PROF, 0)
signal.setitimer(signal.ITIMER_REAL, 0)


def f(x):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
