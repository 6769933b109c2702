# verdict: exit:0
# honest: three quarters of the limit may be used, again and again.
# with: cpu=10 wall=60
for _ in range(5):
    held = b"x" * (160 << 20)
    assert held[-1] == ord("x")
    del held
