# verdict: exit:0 | exit:1 | signal:11 | memory | cpu-limit
# 31: an expression that makes a syntax tree as deep as it is long.
compile("-" * 1_000_000 + "1", "nested", "eval")
