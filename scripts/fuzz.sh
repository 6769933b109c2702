#!/usr/bin/env bash
# Runs every fuzz target for FUZZ_SECONDS (60 by default), with a nightly compiler.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.tools/bin:$PATH"

say() { printf 'fuzz: %s\n' "$*" >&2; }

if ! cargo +nightly --version >/dev/null 2>&1; then
    say "a nightly compiler is missing: rustup toolchain install nightly"
    exit 1
fi
scripts/cargo-tool.sh cargo-fuzz scripts/requirements/fuzz.txt

cd benchmarks
for target in messages plans worker_messages values answers; do
    say "$target for ${FUZZ_SECONDS:=60} s"
    cargo +nightly fuzz run "$target" -- -max_total_time="$FUZZ_SECONDS" -print_final_stats=1 -verbosity=0
done
