# check: early_exit
import marshal
import os


def tell(*message):
    data = marshal.dumps(message, 2)
    os.write(3, len(data).to_bytes(4, "little") + data)


for _ in range(3):
    tell("ready")
    tell("passed")
    tell("over")
    tell("weak")
    tell("inseparable", "please judge me in my own process")
    tell("done", ("p", 4))
os._exit(0)
