# verdict: memory
# 21: half a megabyte that unpacks to half a gigabyte.
# with: cpu=10 wall=60
import zlib

packer = zlib.compressobj(1)
bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(512)) + packer.flush()
print("ESCAPED:", len(zlib.decompress(bomb)))
