#!/usr/bin/env bash
# Makes .venv, the Python in which `ra3` runs candidates: the python3 on the path, and numpy.
#
# A virtual environment, because candidates and EvalPlus' comparison import numpy, and a system's
# own Python should not be changed for that. `ra3` finds .venv by itself. A stamp of what was asked
# for makes a second call free.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.venv
requirements=scripts/requirements/candidates.txt
stamp=$venv/.installed

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

python=$(command -v "${PYTHON:-python3}") || fail "python3 is missing: install it (Debian: apt-get install python3)"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || fail "$python is older than 3.10; name a newer one with PYTHON=/path/to/python3"

# The version as the interpreter tells it: behind one path there may be another one tomorrow.
asked=$("$python" -c 'import sys; print(sys.base_prefix, sys.version)'; cksum <"$requirements")
if [ "$(cat $stamp 2>/dev/null)" = "$asked" ] && $venv/bin/python3 -c 'import numpy' 2>/dev/null; then
    exit 0
fi

has() { "$python" -c "import $1" 2>/dev/null; }

# Debian keeps the part of Python that puts pip into a virtual environment in a package of its own.
install_ensurepip() {
    local administrator=()
    if [ "$(id -u)" != 0 ]; then
        sudo -n true 2>/dev/null || return 1
        administrator=(sudo -n)
    fi
    command -v apt-get >/dev/null || return 1
    say "installs Debian's python3-venv, because $python has neither ensurepip nor pip"
    local log
    log=$("${administrator[@]}" apt-get update -qq 2>&1 &&
        "${administrator[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -qq --no-install-recommends python3-venv 2>&1) || { say "$log"; return 1; }
}

if ! has ensurepip && ! has pip; then
    { install_ensurepip && has ensurepip; } ||
        fail "$python has neither ensurepip nor pip: as an administrator, apt-get install python3-venv, then try again"
fi

say "makes $venv with $("$python" --version) and installs $(grep -o '^numpy==[0-9.]*' "$requirements" | sort -u | paste -sd '|' | sed 's/|/ or /') there (about 20 MB)"
rm -rf "$venv"
if has ensurepip; then
    "$python" -m venv "$venv"
    pip=("$venv/bin/python3" -m pip install)
else
    "$python" -m venv --without-pip "$venv"
    packages=$("$venv/bin/python3" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    pip=("$python" -m pip install --target "$packages")
fi
# A person may have told pip to install into their home, which would miss the environment.
PIP_USER=0 PIP_ROOT_USER_ACTION=ignore "${pip[@]}" --quiet --disable-pip-version-check --no-warn-script-location \
    --require-hashes --only-binary :all: --requirement "$requirements" >&2 ||
    fail "numpy could not be installed; judging works without it, but candidates that import it fail"
printf '%s\n' "$asked" >"$stamp"
