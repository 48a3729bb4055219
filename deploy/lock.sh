#!/usr/bin/env bash
# Pins the image's Python packages, each with the checksums of all its files, anew.
# Run it when the dependencies in pyproject.toml change; needs uv (`pip install uv`).
set -euo pipefail
cd "$(dirname "$0")/.."
# For Python 3.11.0: without markers, so that the Python which downloads may be a newer one than
# the image's. On 3.12 and later these versions install as well.
uv pip compile -q --python-version 3.11 --python-platform x86_64-manylinux_2_36 --generate-hashes --no-annotate \
    --custom-compile-command deploy/lock.sh "$@" \
    pyproject.toml deploy/build-requirements.in -o deploy/requirements.lock
