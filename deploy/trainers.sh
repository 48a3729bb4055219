#!/usr/bin/env bash
# Makes an environment for each trainer whose own code the tests have call us: their pins exclude
# each other. Safe to run again: what is there already is left alone.
set -euo pipefail
cd "$(dirname "$0")/.."

FOLDER=.venv-trainers
mkdir -p "$FOLDER"

environment() { # NAME WHAT…: calls `filled` unless it has been, with the same words
    local folder=$FOLDER/$1
    if [ "$(cat "$folder/.ready" 2>/dev/null || true)" != "$*" ]; then
        printf '\033[1mInstalling %s\033[0m\n' "$1" >&2
        .venv/bin/python -m venv --clear "$folder"
        "filled_$2" "$folder" "${@:3}"
        echo "$*" >"$folder/.ready"
    fi
}

# All by itself, beside a base install of ours.
filled_apart() { "$1/bin/python" -m pip install -q --disable-pip-version-check -e . "${@:2}"; }

# Its own code alone, on the torch of .venv: what it asks for beside would bring CUDA and vLLM.
filled_above() {
    echo "import site; site.addsitedir('$(.venv/bin/python -c 'import site; print(site.getsitepackages()[0])')')" \
        >"$("$1/bin/python" -c 'import site; print(site.getsitepackages()[0])')/above.pth"
    "$1/bin/python" -m pip install -q --disable-pip-version-check --no-deps "${@:2}"
}

environment verl above verl==0.9.1 ray==2.60.0 tensordict==0.15.3 omegaconf==2.4.0 \
    antlr4-python3-runtime==4.13.2 codetiming==1.4.0 orjson==3.13.0 pylatexenc==2.11 pyvers==0.2.3 \
    cloudpickle==3.1.3
environment verifiers apart verifiers==0.4.0 uv==0.13.9 -e examples/environments/assay_iac
environment skyrl-gym apart skyrl-gym==0.4.0
environment inspect-ai apart inspect-ai==0.3.285
environment openenv apart openenv==0.10.0
environment openreward apart openreward==0.1.167
environment openrlhf above openrlhf==0.11.2 pylatexenc==2.11
