#!/usr/bin/env bash
# From a fresh clone to a trained model in one command: set-up, build, and `ra3 demo`, which looks at this
# machine, judges the answers that come with the embedded problems, and makes ten steps of reinforcement
# learning on verdicts, with what was earned on held-out problems before and after.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*" >&2; }

out=target/demo

command -v cargo >/dev/null || { echo "demo: cargo is missing: install a Rust toolchain with rustup, https://rustup.rs" >&2; exit 1; }

say "Python for the programs to be judged"
scripts/setup-python.sh || echo "demo: goes on without numpy, which the embedded problems do not need" >&2

say "libtorch, for models"
scripts/setup-libtorch.sh

say "ra3, in release mode (a first build takes some minutes)"
cargo build --release --locked --package harness

say "the model: SmolLM2-135M-Instruct"
scripts/setup-model.sh

target/release/ra3 demo --out "$out"

report=$PWD/$out/rlvr/report.html
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && command -v xdg-open >/dev/null; then
    xdg-open "$report" >/dev/null 2>&1 || true
fi
