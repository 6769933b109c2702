#!/usr/bin/env bash
# Makes sure of a cargo subcommand in the version that a file of requirements pins: TOOL REQUIREMENTS
#
# One that is already installed is used as it is. Otherwise its prebuilt binary comes from PyPI, pinned
# by checksum, into .tools. Where there is no such binary, or no PyPI, cargo compiles that version.
set -euo pipefail
cd "$(dirname "$0")/.."

tool=$1 requirements=$2
export PATH="$PWD/.tools/bin:$PATH"
command -v "$tool" >/dev/null && exit

say() { printf 'setup: %s\n' "$*" >&2; }

version=$(sed -n "s/^astral-dev-toolchain-$tool==\([0-9.]*\).*/\1/p" "$requirements")

prebuilt() {
    local python
    python=$(scripts/python-with-pip.sh) || return 1
    PIP_USER=0 PIP_ROOT_USER_ACTION=ignore "$python" -m pip install --quiet --disable-pip-version-check --no-deps --upgrade \
        --require-hashes --only-binary :all: --target .tools/wheels --requirement "$requirements" >&2 || return 1
    mkdir -p .tools/bin && cp ".tools/wheels/bin/$tool" .tools/bin/ && "$tool" --version >/dev/null 2>&1
}

say "installs $tool $version into .tools (prebuilt, from PyPI)"
prebuilt && exit
rm -f ".tools/bin/$tool"
say "no prebuilt $tool for this machine: compiles it into .tools, which takes some minutes"
cargo install --quiet --locked --root .tools "$tool@$version" || { say "$tool could not be installed"; exit 1; }
