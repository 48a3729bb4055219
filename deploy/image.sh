#!/usr/bin/env bash
# Builds the image from what this machine has, for builds without a network: wheels come through
# pip on this machine, terraform and the providers from where `make setup` found them; all of it is
# checked. Where a build reaches the network, `docker-compose build` is all that is needed.
# Usage: deploy/image.sh [TAG]     (default: assay)
#        BASE_IMAGE=name deploy/image.sh     on another base; one is made where none can be pulled
set -euo pipefail
cd "$(dirname "$0")/.."
PULL_SECONDS=120
tag=${1:-assay} python=.venv/bin/python prepared=deploy/prepared
say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }

[ -x "$python" ] || { say "run 'make setup' first"; exit 1; }
docker version >/dev/null 2>&1 || {
    say "no Docker engine answers: start it, or let this user reach it"
    exit 1
}

base=${BASE_IMAGE:-$(sed -n 's/^ARG BASE_IMAGE=//p' deploy/Dockerfile)}
rm -f "$prepared/.no-base"
if ! docker image inspect "$base" >/dev/null 2>&1 &&
    ! timeout "$PULL_SECONDS" docker pull -q "$base" >/dev/null 2>&1; then
    if [ -n "${BASE_IMAGE:-}" ] || ! deploy/base-image.sh assay-base:bookworm; then
        say "the base image $base is not here and cannot be pulled, and none was made"
        touch "$prepared/.no-base"
        exit 1
    fi
    base=assay-base:bookworm
fi

say "Gathering the Python packages and the tools"
locks=(deploy/requirements.lock sandbox/toolchain/ansible.lock)
wanted=$(cat "${locks[@]}" | sha256sum | cut -d' ' -f1)
if [ "$(cat "$prepared/wheels/.complete" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$prepared"/wheels/*.whl
    for lock in "${locks[@]}"; do # apart, for they may have two versions of a package
        "$python" -m pip download -q --disable-pip-version-check --no-deps --require-hashes \
            --only-binary :all: -r "$lock" -d "$prepared/wheels"
    done
    echo "$wanted" >"$prepared/wheels/.complete"
fi
rm -rf "$prepared"/tools/* "$prepared"/mirror/*
"$python" -m sandbox.toolchain export "$prepared"

say "Building the image $tag on $base"
# The classic builder: BuildKit's is a plug-in that Debian does not have.
DOCKER_BUILDKIT=${DOCKER_BUILDKIT:-0} docker build --force-rm -q -f deploy/Dockerfile \
    --build-arg "BASE_IMAGE=$base" -t "$tag" . >/dev/null
