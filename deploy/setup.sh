#!/usr/bin/env bash
# Prepares a checkout: system packages where we may install them, .venv, the tools.
# Safe to run again: what is there already is left alone.
set -euo pipefail
cd "$(dirname "$0")/.."
# One at a time: several makes may begin with it.
exec {checkout}<.
if command -v flock >/dev/null; then flock "$checkout"; fi

PYTHON=${PYTHON:-python3}
say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }

install_packages() { # Debian packages, as root or with a sudo that asks nothing
    if ! command -v apt-get >/dev/null; then
        return 1
    elif [ "$(id -u)" = 0 ]; then
        apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >&2
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        sudo apt-get update -qq >&2 && sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >&2
    else
        return 1
    fi
}

if ! command -v bwrap >/dev/null; then
    say "Installing bubblewrap, the sandbox that every tool runs in"
    install_packages bubblewrap || {
        say "bubblewrap is missing and could not be installed: run 'apt-get install bubblewrap' as root, then 'make setup' again"
        exit 1
    }
fi

"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    say "Python 3.11 or newer is needed; name one with 'make setup PYTHON=/path/to/python3.11'"
    exit 1
}
if ! [ -x .venv/bin/python ]; then
    if ! "$PYTHON" -m venv .venv 2>/dev/null; then
        rm -rf .venv
        say "Installing python3-venv"
        install_packages python3-venv || {
            say "Python's venv module is missing: run 'apt-get install python3-venv' as root"
            exit 1
        }
        "$PYTHON" -m venv .venv
    fi
fi

pip() { .venv/bin/python -m pip "$@" --disable-pip-version-check; }

lock=deploy/development.lock stamp=.venv/.installed
wanted=$(sha256sum pyproject.toml "$lock" | sha256sum | cut -d' ' -f1)
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$wanted" ]; then
    # torch first and alone, from where this machine's pip finds it: a CPU wheel or a build with
    # CUDA, so there is no checksum of it (README says how to choose). What it needs beside its own
    # libraries has the lock's versions.
    say "Installing torch"
    sed -n 's/^\([^ #].*\) \\$/\1/p' "$lock" >.venv/versions.txt
    pip install -q -c .venv/versions.txt "$(sed -n 's/^ *"\(torch==[^"]*\)".*/\1/p' pyproject.toml)"
    say "Installing what $lock says"
    pip install -q --require-hashes --no-deps -r "$lock"
    pip install -q --no-deps --no-build-isolation -e .
    pip check >&2 || say "The packages in .venv do not fit together: what is named above was not installed by this script"
    echo "$wanted" >"$stamp"
fi

say "Looking for the tools"
.venv/bin/python -m sandbox.toolchain setup
