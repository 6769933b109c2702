# verdict: exit:0
# honest: what solutions use every day must not be refused.
import bisect, collections, datetime, decimal, fractions, functools, hashlib, heapq, itertools
import json, math, os, random, re, secrets, signal, statistics, string, sys, tempfile, time, uuid

assert os.urandom(16) != secrets.token_bytes(16) and uuid.uuid4() != uuid.uuid4()
assert hashlib.sha256(b"").hexdigest().startswith("e3b0c442")
assert datetime.datetime.now().year > 2000 and time.monotonic() > 0 and time.process_time() > 0
random.seed(1)
assert 0 <= random.random() < 1
time.sleep(0.001)
with tempfile.NamedTemporaryFile("w+") as file:
    file.write("kept")
    file.seek(0)
    assert file.read() == "kept"
with open("note.txt", "w") as file:
    file.write("kept")
os.rename("note.txt", "other.txt")
assert open("other.txt").read() == "kept" and "other.txt" in os.listdir(".")
os.mkdir("folder")
os.rmdir("folder")
os.remove("other.txt")

# A timeout by alarm, as some test harnesses set one inside the program.
rung = []
signal.signal(signal.SIGALRM, lambda *_: rung.append(True))
signal.setitimer(signal.ITIMER_REAL, 0.01)
time.sleep(0.1)
assert rung
