# check: wrong_answer, early_exit
import marshal
import os
import threading
import time


def talk():
    for number in range(50):
        data = marshal.dumps(("done", ("p", number % 16), []), 2)
        os.write(3, len(data).to_bytes(4, "little") + data)
        time.sleep(0.001)


threading.Thread(target=talk, daemon=True).start()


def f(x):
    time.sleep(0.2)
    return 0
