# Sourced by the scripts that need Docker: a daemon of their own, without networks and registries.
#
# Needs root, docker.io and debootstrap (Debian). The daemon is stopped when the script ends; its images
# stay in target/container for the next time.

place=$PWD/target/container
export DOCKER_HOST=unix://$place/docker.sock

say() { printf '%s: %s\n' "$(basename "$0" .sh)" "$*" >&2; }

for program in dockerd docker debootstrap; do
    command -v $program >/dev/null || { say "$program is missing: apt-get install docker.io debootstrap"; exit 2; }
done

mkdir -p "$place"
dockerd --iptables=false --ip6tables=false --bridge=none --data-root="$place/data" \
    --pidfile="$place/docker.pid" --exec-root="$place/run" --host="$DOCKER_HOST" >"$place/docker.log" 2>&1 &
daemon=$!
# A daemon leaves the mount of its network namespace behind.
trap 'kill $daemon; wait $daemon || true; umount "$place"/run/netns/* 2>/dev/null || true' EXIT
for _ in $(seq 100); do docker version >/dev/null 2>&1 && break; sleep 0.2; done

# base_image NAME PACKAGES [PREPARE]: an image of Debian's own packages, unless it is there; PREPARE is
# called with its folder before that is packed.
base_image() {
    ! docker image inspect "$1" >/dev/null 2>&1 || return 0
    say "makes the image $1 of Debian's packages (a few minutes)"
    rm -rf "$place/base"
    debootstrap --variant=minbase --include="$2" bookworm "$place/base" >"$place/debootstrap.log"
    ${3:-true} "$place/base"
    tar -C "$place/base" -c . | docker import - "$1" >/dev/null
    rm -rf "$place/base"
}
