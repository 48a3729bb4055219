#!/usr/bin/env bash
# Prepares a checkout: system packages where we may install them, .venv, the tools.
# Safe to run again: what is there already is left alone.
set -euo pipefail
cd "$(dirname "$0")/.."

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

stamp=.venv/.installed
wanted=$(sha256sum pyproject.toml | cut -d' ' -f1)
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$wanted" ]; then
    # torch first and alone: a range that another package names would otherwise pick the
    # newest build, with gigabytes of CUDA. See README on choosing a CPU wheel.
    say "Installing torch"
    .venv/bin/python -m pip install -q --disable-pip-version-check \
        "$(sed -n 's/^ *"\(torch==[^"]*\)".*/\1/p' pyproject.toml)"
    say "Installing Assay and what it needs"
    .venv/bin/python -m pip install -q --disable-pip-version-check -e '.[teachers,rl,dev]'
    echo "$wanted" >"$stamp"
fi

say "Looking for the tools"
.venv/bin/python -m sandbox.toolchain setup
