#!/usr/bin/env bash
# From a fresh clone to a trained model in one command: set-up, build, a look at this machine, a
# judgement of the completions that come with the embedded problems, and ten steps of reinforcement
# learning on verdicts, with what was earned on held-out problems before and after.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*" >&2; }

samples=datasets/mini/completions.jsonl
out=target/demo

command -v cargo >/dev/null || { echo "demo: cargo is missing: install a Rust toolchain with rustup, https://rustup.rs" >&2; exit 1; }

say "Python for the programs to be judged"
scripts/setup-python.sh || echo "demo: goes on without numpy, which the embedded problems do not need" >&2

say "libtorch, for models"
scripts/setup-libtorch.sh

say "ra3, in release mode (a first build takes some minutes)"
cargo build --release --locked --package harness

say "what this machine can do"
target/release/ra3 doctor

say "the embedded problems"
rm -rf "$out"
target/release/ra3 judge --benchmark mini --samples "$samples" --allow-missing --out "$out"

say "the model: SmolLM2-135M-Instruct"
scripts/setup-model.sh

say "reinforcement learning on strict verdicts (about ten minutes on two cores)"
rm -rf "$out-rlvr"
target/release/ra3 rlvr --config harness/recipes/demo.toml --out "$out-rlvr"
target/release/ra3 inspect "$out-rlvr"

report=$PWD/$out-rlvr/report.html
say "the reports: of the verdicts, and of the training"
echo "$PWD/$out/report.html"
echo "$report"
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && command -v xdg-open >/dev/null; then
    xdg-open "$report" >/dev/null 2>&1 || true
fi
