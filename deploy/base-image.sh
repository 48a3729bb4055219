#!/usr/bin/env bash
# A base image out of Debian's packages, for machines that cannot pull one: debootstrap and
# `docker import`, about two minutes, as root. Does nothing where the image is there already.
# Usage: deploy/base-image.sh [NAME]     (default: assay-base:bookworm)
set -euo pipefail
export PATH=$PATH:/usr/sbin:/sbin
name=${1:-assay-base:bookworm}
packages=bubblewrap,ca-certificates,python3,python3-venv,redis-server,util-linux
say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }

if docker image inspect "$name" >/dev/null 2>&1; then
    exit 0
fi
for program in debootstrap docker; do
    command -v "$program" >/dev/null || { say "$program is missing"; exit 1; }
done
[ "$(id -u)" = 0 ] || { say "debootstrap needs root"; exit 1; }

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
say "Making the base image $name out of Debian's packages (about two minutes)"
debootstrap --variant=minbase --include="$packages" bookworm "$root/tree" >"$root/log" 2>&1 || {
    tail -n 20 "$root/log" >&2
    exit 1
}
rm -rf "$root"/tree/var/cache/apt/archives/*.deb "$root"/tree/var/lib/apt/lists/*
tar -C "$root/tree" -c . | docker import - "$name" >/dev/null
