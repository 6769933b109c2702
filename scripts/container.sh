#!/usr/bin/env bash
# Runs the hostile programs inside a container without extra privileges, as its root and as a user.
#
# Needs root, docker.io and debootstrap (Debian). No registry is asked: the image is made of Debian's
# own packages, and a daemon of its own is started, without networks, and stopped at the end. The image
# stays in target/container for the next time.
set -euo pipefail
cd "$(dirname "$0")/.."

place=$PWD/target/container
image=ra3-container-test
export DOCKER_HOST=unix://$place/docker.sock

say() { printf 'container: %s\n' "$*" >&2; }
for program in dockerd docker debootstrap; do
    command -v $program >/dev/null || { say "$program is missing: apt-get install docker.io debootstrap"; exit 2; }
done

mkdir -p "$place"
dockerd --iptables=false --ip6tables=false --bridge=none --data-root="$place/data" \
    --pidfile="$place/docker.pid" --exec-root="$place/run" --host="$DOCKER_HOST" >"$place/docker.log" 2>&1 &
daemon=$!
trap 'kill $daemon; wait $daemon || true' EXIT
for _ in $(seq 100); do docker version >/dev/null 2>&1 && break; sleep 0.2; done

if ! docker image inspect $image >/dev/null 2>&1; then
    say "makes an image of Debian's packages (a few minutes)"
    debootstrap --variant=minbase --include=python3 bookworm "$place/base" >"$place/debootstrap.log"
    tar -C "$place/base" -c . | docker import - $image >/dev/null
    rm -rf "$place/base"
fi

tests=$(cargo test --locked --package sandbox --test hostile --no-run --message-format=json |
    sed -n 's/.*"name":"hostile".*"executable":"\([^"]*\)".*/\1/p')
for user in 0 1000; do
    say "the hostile programs, as user $user of a container"
    docker run --rm --network=none --user $user --volume "$PWD:$PWD:ro" --workdir "$PWD/sandbox" $image \
        "$tests" every_program_gets_its_verdict_in_tier_t0
done
