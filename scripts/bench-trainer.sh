#!/usr/bin/env bash
# Times training and sampling side by side with PyTorch, transformers and TRL, on the same weights and cores.
#
# The peers come into .tools/trainer-peers, 6 GB with the parts of PyTorch for GPUs, which are not used here.
set -euo pipefail
cd "$(dirname "$0")/.."

peers=.tools/trainer-peers
scripts/setup-model.sh
scripts/peer-venv.sh "$peers" scripts/requirements/bench-trainer.in "PyTorch, transformers and TRL (6 GB)"

exec "$peers/bin/python3" scripts/bench-trainer.py "$@"
