#!/usr/bin/env bash
# Runs the hostile programs inside a container without extra privileges, as its root and as a user.
# What it needs: scripts/docker.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/docker.sh

image=ra3-container-test
base_image $image python3

tests=$(cargo test --locked --package sandbox --test hostile --no-run --message-format=json |
    sed -n 's/.*"name":"hostile".*"executable":"\([^"]*\)".*/\1/p')
for user in 0 1000; do
    say "the hostile programs, as user $user of a container"
    docker run --rm --network=none --user $user --volume "$PWD:$PWD:ro" --workdir "$PWD/sandbox" $image \
        "$tests" every_program_gets_its_verdict_in_tier_t0
done
