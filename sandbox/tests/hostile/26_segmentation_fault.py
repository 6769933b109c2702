# verdict: signal:11
# 26: a wild pointer.
import ctypes

ctypes.string_at(0)
