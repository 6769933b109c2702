# verdict: exit:1 | violation
# 2: the standard library's own process pool ends with its error and does not hang.
import multiprocessing

if __name__ == "__main__":
    process = multiprocessing.Process(target=print, args=("ESCAPED: a child printed this",))
    process.start()
    process.join()
