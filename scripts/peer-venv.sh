#!/usr/bin/env bash
# Makes a virtual environment for what `ra3` is compared with: FOLDER REQUIREMENTS WHAT [OPTION OF PIP...]
#
# Peers run on the interpreter that .venv was made from, which also runs candidates. A stamp of what was
# asked for makes a second call free.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=$1 requirements=$2 what=$3
shift 3
stamp=$venv/.installed
python=.venv/bin/python3

asked=$("$python" -c 'import sys; print(sys.base_prefix, sys.version)'; cksum <"$requirements")
if [ "$(cat "$stamp" 2>/dev/null)" = "$asked" ]; then
    exit 0
fi
printf 'bench: installs %s into %s\n' "$what" "$venv" >&2
rm -rf "$venv"
"$python" -m venv "$venv"
PIP_USER=0 PIP_ROOT_USER_ACTION=ignore "$venv/bin/python3" -m pip install --quiet \
    --disable-pip-version-check --only-binary :all: "$@" --requirement "$requirements" >&2
printf '%s\n' "$asked" >"$stamp"
