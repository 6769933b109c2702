#!/usr/bin/env bash
# Builds the image of the Dockerfile and tries it: what it says of itself, a model evaluated, the demonstration.
#
#   scripts/image.sh            all of it (half an hour)
#   scripts/image.sh doctor     build, and one command in the image
#
# The two images that the Dockerfile starts from are made here, of Debian's packages and of the Rust toolchain
# in use, so that no registry of images is asked. What it needs besides: scripts/docker.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/docker.sh

# Machines behind a gateway have certificates and a pip.conf of their own.
trust() {
    install -D /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/ca-certificates.crt"
    [ ! -e /etc/pip.conf ] || install -m 644 /etc/pip.conf "$1/etc/pip.conf"
}

with_rust() {
    trust "$1"
    tar -C "$(rustc --print sysroot)" --exclude=share -c . | tar -C "$1/usr/local" -x
}

base_image ra3-base-rust gcc,libc6-dev,ca-certificates,g++,python3,python3-venv with_rust
base_image ra3-base ca-certificates trust

say "builds the image"
# Its network is this machine's: the daemon has none.
DOCKER_BUILDKIT=0 docker build --network=host --build-arg BUILD_IMAGE=ra3-base-rust --build-arg RUN_IMAGE=ra3-base --tag ra3 .
docker image inspect --format 'ra3 {{.Size}} bytes, as user {{.Config.User}}' ra3

run() {
    say "ra3 $*"
    docker run --rm --network=none ra3 "$@"
}

if [ $# -gt 0 ]; then
    run "$@"
    exit
fi
run doctor
run eval --benchmark mini-test --model /opt/models/SmolLM2-135M-Instruct.Q4_1.gguf --limit 12 --max-tokens 64
run demo
