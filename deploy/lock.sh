#!/usr/bin/env bash
# Pins every Python package, direct and indirect, each with the checksums of all its files:
#   deploy/development.lock    what `make setup` and .ci/run install, on any Python from 3.11
#   deploy/requirements.lock   the image's part of it, in the same versions
#   sandbox/toolchain/ansible.lock   what Ansible answers are judged with, apart from all of this
# Versions stay as they are where pyproject.toml allows them: run it when the dependencies there
# change. `make lock` (--upgrade) takes the newest that the ranges allow.
# Brings uv into .venv-lock where there is none; both ask the package index that is set up for them.
set -euo pipefail
cd "$(dirname "$0")/.."

uv=$(command -v uv || true)
if [ -z "$uv" ]; then
    uv=.venv-lock/bin/uv
    [ -x "$uv" ] || { "${PYTHON:-python3}" -m venv .venv-lock && .venv-lock/bin/pip install -q uv; }
fi
compile() {
    "$uv" pip compile -q --python-version 3.11 --generate-hashes --no-annotate --no-header "$@"
}
ours=(pyproject.toml deploy/build-requirements.in)

whole=$(mktemp) && trap 'rm -f "$whole"' EXIT
cp deploy/development.lock "$whole" 2>/dev/null || true
compile --universal --extra all --extra dev "$@" "${ours[@]}" -o "$whole" >/dev/null
{
    echo "# Made by deploy/lock.sh; \`make lock\` takes the newest versions. Without torch and CUDA's"
    echo "# libraries, which it pins itself: they differ by machine, so no checksum holds for everybody."
    # uv has no name for the group, and only a resolution that knows torch knows what it needs.
    awk '/^[^ #]/ { keep = $0 !~ /^(torch|triton|nvidia-[a-z0-9-]*|cuda-[a-z0-9-]*)==/ } keep' "$whole"
} >deploy/development.lock
# For Python 3.11.0 and without markers, so that the Python which downloads may be a newer one than
# the image's. On 3.12 and later these versions install as well.
{
    echo "# Made by deploy/lock.sh, from deploy/development.lock."
    compile --extra server --extra datagen \
        --python-platform x86_64-manylinux_2_36 --constraint deploy/development.lock "${ours[@]}"
} >deploy/requirements.lock.new
mv deploy/requirements.lock.new deploy/requirements.lock
compile --universal "$@" sandbox/toolchain/ansible.in -o sandbox/toolchain/ansible.lock >/dev/null
