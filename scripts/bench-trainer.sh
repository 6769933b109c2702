#!/usr/bin/env bash
# Times training and sampling side by side with PyTorch, transformers and TRL, on the same weights and cores.
#
# The peers come into .tools/trainer-peers, 6 GB with the parts of PyTorch for GPUs, which are not used here.
set -euo pipefail
cd "$(dirname "$0")/.."

peers=.tools/trainer-peers
requirements=scripts/requirements/bench-trainer.in
stamp=$peers/.installed

say() { printf 'bench: %s\n' "$*" >&2; }

scripts/setup-model.sh
python=.venv/bin/python3
asked=$("$python" -c 'import sys; print(sys.base_prefix, sys.version)'; cksum <"$requirements")
if [ "$(cat $stamp 2>/dev/null)" != "$asked" ]; then
    say "installs PyTorch, transformers and TRL into $peers (6 GB)"
    rm -rf "$peers"
    "$python" -m venv "$peers"
    PIP_USER=0 PIP_ROOT_USER_ACTION=ignore "$peers/bin/python3" -m pip install --quiet \
        --disable-pip-version-check --only-binary :all: --requirement "$requirements" >&2
    printf '%s\n' "$asked" >"$stamp"
fi

exec "$peers/bin/python3" scripts/bench-trainer.py "$@"
