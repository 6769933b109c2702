# verdict: exit:1 | signal:11 | memory
# 31: source text that is nested deeper than the parser goes.
compile("(" * 100_000 + ")" * 100_000, "nested", "eval")
