# verdict: memory
# 21: a megabyte that unpacks to a gigabyte.
# with: cpu=10 wall=60
import zlib

packer = zlib.compressobj(9)
bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(1024)) + packer.flush()
print("ESCAPED:", len(zlib.decompress(bomb)))
