#!/usr/bin/env bash
# Prints an interpreter that has pip, for set-up scripts to fetch wheels with.
set -euo pipefail
cd "$(dirname "$0")/.."

# The environment of candidates brings a pip where the system has none.
[ -x .venv/bin/python3 ] || scripts/setup-python.sh >&2 || true
for python in .venv/bin/python3 "${PYTHON:-python3}"; do
    "$python" -m pip --version >/dev/null 2>&1 && printf '%s\n' "$python" && exit
done
echo "setup: pip is missing: install it (Debian: apt-get install python3-venv), then try again" >&2
exit 1
