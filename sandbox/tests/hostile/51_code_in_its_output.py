# verdict: exit:0
# 51: output and report are bytes; whatever they spell, nobody runs it.
# with: report=1000
import os
import pickle


class Payload:
    def __reduce__(self):
        return (open, ("/tmp/ra3-hostile-mark", "w"))


os.write(1, pickle.dumps(Payload()) + b"!!python/object/apply:os.system ['true']\n")
os.write(3, pickle.dumps(Payload()))
os.write(2, b"\x1b]0;title\x07\x1b[2J$(touch /tmp/ra3-hostile-mark)\n")
