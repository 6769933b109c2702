# verdict: idle
# 13, 79: a thread that is no daemon waits for ever and keeps the interpreter from ending.
# with: wall=2
import threading

threading.Thread(target=threading.Event().wait).start()
