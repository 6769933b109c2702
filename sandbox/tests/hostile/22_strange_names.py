# verdict: exit:0
# 22: names of 255 bytes, with newlines, that are no UTF-8 or look like options.
for name in [b"n" * 255, b"new\nline", b"\xff\xfe", b"-rf", b"\x1b[2J", b" ", b"*", "\u202e".encode()]:
    open(name, "w").close()
