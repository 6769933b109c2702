# verdict: exit:0
# honest: threads are not forks; numpy, thread pools and deep recursion in a thread need them.
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor(8) as pool:
    assert sum(pool.map(lambda n: n * n, range(100))) == 328350

# How contest solutions recurse deeply: a thread with a large stack.
threading.stack_size(64 << 20)
sys.setrecursionlimit(50_000)
depths = []


def descend(depth):
    return depth if depth == 20_000 else descend(depth + 1)


thread = threading.Thread(target=lambda: depths.append(descend(0)))
thread.start()
thread.join()
assert depths == [20_000]
