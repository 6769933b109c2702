#!/usr/bin/env bash
# Puts the libtorch that `trainer` is built against into .libtorch, where .cargo/config.toml looks.
#
#   scripts/setup-libtorch.sh          cpu, unless another one is already there
#   scripts/setup-libtorch.sh cpu      for processors only     (543 MB fetched, 0.5 GB kept)
#   scripts/setup-libtorch.sh cuda     for NVIDIA's GPUs too   (2.5 GB fetched, 3.7 GB kept)
#   scripts/setup-libtorch.sh system   a link to the torch of python3, or of $PYTHON; fetches nothing
#
# PyPI has no libtorch for processors alone, so it is cut out of the wheel for GPUs: three libraries,
# the headers, and two libraries of NVIDIA's that the processor's part loads as well. The folders
# keep the shape of a site-packages folder, because that is where the libraries look for each other.
#
# Wheels are pinned by checksum and opened, not installed: whose Python they are for plays no part.
# A stamp of what was asked for makes a second call free. One that points elsewhere with LIBTORCH in
# the environment needs nothing of this.
set -euo pipefail
cd "$(dirname "$0")/.."

# The version that tch 0.24.0 was generated from; its build script takes no other.
version=2.11.0
folder=.libtorch
stamp=$folder/.fetched
requirements=scripts/requirements

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

if [ $# = 0 ] && [ -n "${LIBTORCH:-}" ]; then
    exit 0
fi
flavour=${1:-$(cut -d ' ' -f 1 $stamp 2>/dev/null || true)}
flavour=${flavour:-cpu}
case $flavour in
    cpu) lists=("$requirements/libtorch-cpu.txt") ;;
    cuda) lists=("$requirements/libtorch-cpu.txt" "$requirements/libtorch-cuda.txt") ;;
    system) lists=() ;;
    *) fail "libtorch comes as cpu, cuda or system, not as \`$flavour\`" ;;
esac

asked="$flavour $version $(cat ${lists[@]+"${lists[@]}"} </dev/null | cksum)"
if [ "$(cat $stamp 2>/dev/null)" = "$asked" ] && [ -e $folder/torch/lib/libtorch_cpu.so ]; then
    exit 0
fi
command -v g++ >/dev/null || fail "g++ is missing, and the bindings to libtorch are C++: install it (Debian: apt-get install g++)"

# Another checkout's libtorch may be shared through a link; then its folder is what is replaced.
place=$(readlink -f "$folder")
temporary=$(mktemp -d "$place.fetching-XXXXXX")
trap 'rm -rf "$temporary"' EXIT

# Prints the folder of an installed torch, without importing it.
system_torch() {
    "${PYTHON:-python3}" - "$version" <<'PYTHON'
import importlib.metadata, importlib.util, pathlib, sys

try:
    installed = importlib.metadata.version("torch")
except importlib.metadata.PackageNotFoundError:
    sys.exit("this python3 has no torch")
if installed.split("+")[0] != sys.argv[1]:
    sys.exit(f"this python3 has torch {installed}, not {sys.argv[1]}")
print(pathlib.Path(importlib.util.find_spec("torch").origin).parent)
PYTHON
}

# Downloads the wheels of the requirement files into $temporary/wheels.
fetch() {
    local python platform platforms=() list required=()
    python=$(scripts/python-with-pip.sh)
    for platform in manylinux_2_28 manylinux_2_27 manylinux_2_25 manylinux_2_18 manylinux_2_17 \
        manylinux2014 manylinux_2_12 manylinux2010 manylinux_2_5 manylinux1; do
        platforms+=(--platform "${platform}_x86_64")
    done
    for list in "${lists[@]}"; do required+=(--requirement "$list"); done
    "$python" -m pip download --quiet --disable-pip-version-check --no-deps --no-cache-dir \
        --require-hashes --only-binary :all: --implementation cp --python-version 3.11 --abi cp311 \
        --abi none "${platforms[@]}" "${required[@]}" --dest "$temporary/wheels" >&2
}

# Takes out of the wheels what a C++ program needs, and the licences.
open_wheels() {
    python3 - "$flavour" "$temporary" <<'PYTHON'
"""Unpack the libraries and headers of the wheels in a folder, beside them."""
import pathlib, shutil, sys, zipfile

flavour, folder = sys.argv[1], pathlib.Path(sys.argv[2])
FOR_PROCESSORS = {
    "torch/lib/libtorch_cpu.so",
    "torch/lib/libc10.so",
    "torch/lib/libgomp.so.1",
    "nvidia/cu13/lib/libcudart.so.13",
    "nvidia/cu13/lib/libcupti.so.13",
}


def wanted(name):
    if name.endswith("/") or name == "torch/lib/libtorch_python.so":
        return False
    if name.startswith("torch/include/") or ".dist-info/licenses/" in name:
        return True
    if flavour == "cpu":
        return name in FOR_PROCESSORS
    return name.startswith("torch/lib/") or name.startswith("nvidia/") and ("/lib/" in name or "/include/" in name)


for wheel in sorted(folder.glob("wheels/*.whl")):
    with zipfile.ZipFile(wheel) as archive:
        for name in filter(wanted, archive.namelist()):
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(name) as source, open(place, "wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
PYTHON
    rm -rf "$temporary/wheels"
}

case $flavour in
    system)
        torch=$(system_torch) || fail "see above; \`scripts/setup-libtorch.sh cpu\` fetches one"
        ln -s "$torch" "$temporary/torch"
        say "links .libtorch to $torch"
        ;;
    *)
        [ "$(uname -sm)" = "Linux x86_64" ] || fail "libtorch is fetched for Linux on x86_64 only: name your own with LIBTORCH"
        say "fetches libtorch $version ($flavour) into $folder (cpu: 543 MB, cuda: 2.5 GB)"
        fetch || fail "libtorch could not be fetched; everything but training works without it: cargo build --package harness --no-default-features"
        open_wheels
        if [ "$flavour" = cpu ]; then
            # The wheel's own libtorch.so asks for libtorch_cuda.so, and only its name is needed.
            g++ -shared -fPIC -x c++ /dev/null -Wl,-soname,libtorch.so -o "$temporary/torch/lib/libtorch.so"
        fi
        # The build script of torch-sys compares this with the version that it was made for.
        printf '%s\n' "$version" >"$temporary/torch/build-version"
        ;;
esac
printf '%s\n' "$asked" >"$temporary/.fetched"
chmod 755 "$temporary"
rm -rf "$place"
mv "$temporary" "$place"
