"""Ansible and ansible-lint, which Ansible answers are judged with, in a folder of their own.

They are under GPL-3.0: programs that run by themselves, never imported by anything of ours; and
what they need would bind our own dependencies. ``ansible.lock`` pins all of it with checksums.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from sandbox.base import WORK
from sandbox.toolchain.fetch import DownloadError, FetchOutcome
from sandbox.toolchain.python_folder import PythonFolder

NAME = "ansible"
LOCK = Path(__file__).with_name("ansible.lock")

INSIDE = "/ansible"
"""Where the folder lies in a box."""

STAND_INS = "stand-ins"
"""Of the folder: programs that ansible-lint calls by their names and that take half its time."""

MODULES_INDEX = "modules.json"
"""Of the folder: what Ansible documents of its modules, and where others have gone."""

PROJECT = f"{WORK}/project"
"""In a box: where playbooks, roles and all else of an answer lie."""

COLLECTIONS = f"{WORK}/collections"
MODULES = f"{WORK}/modules"
"""In a box: where collections and modules are looked for that are not of ansible-core."""

SETTINGS = {
    "ANSIBLE_COLLECTIONS_PATH": COLLECTIONS,
    "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "False",
    "ANSIBLE_LIBRARY": MODULES,
    "ANSIBLE_ROLES_PATH": f"{PROJECT}/roles",
}
"""Where programs in a box look, as their environment has it."""

_PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;]+)", re.MULTILINE)


def _pins() -> tuple[tuple[str, str], ...]:
    return tuple((match[1], match[2]) for match in _PIN.finditer(LOCK.read_text(encoding="utf-8")))


_VERSIONS = dict(_pins())

_RUN_COMMANDS = ("lines", "pipe")
"""Lookups that run what a template says; templates are evaluated while playbooks are checked."""

_RECIPE = "2"
"""Raised where the folder is finished in another way."""

_ANSWERS = {
    "ansible": f"ansible [core {_VERSIONS['ansible-core']}]\n",
    "ansible-config": f"COLLECTIONS_PATHS(env) = ['{COLLECTIONS}']\n"
    "COLLECTIONS_SCAN_SYS_PATH(env) = False\n"
    f"DEFAULT_MODULE_PATH(env) = ['{MODULES}']\n"
    f"DEFAULT_ROLES_PATH(env) = ['{PROJECT}/roles']\n",
    "ansible-doc": '{"ansible.builtin.runas": "", "ansible.builtin.su": "", '
    '"ansible.builtin.sudo": ""}\n',
    "ansible-playbook": "",
}
"""What the stand-ins print: the version, the settings above, the become plugins of ansible-core.
Playbooks were checked before: ansible-lint is told that they are fine."""


def _finish(folder: Path) -> None:
    """Put beside the distributions what judging needs of them, and take out what runs commands.

    Raises:
        DownloadError: the programs that were installed do not run.
    """
    place = folder / STAND_INS
    place.mkdir()
    for name, answer in _ANSWERS.items():
        script = place / name
        script.write_text(f"#!/bin/sh\ncat <<'END'\n{answer}END\n", encoding="utf-8")
        script.chmod(0o755)
    for lookup in _RUN_COMMANDS:
        (folder / f"ansible/plugins/lookup/{lookup}.py").unlink(missing_ok=True)
    index = {"modules": _documented(folder), "redirects": _redirects(folder)}
    (folder / MODULES_INDEX).write_text(json.dumps(index, sort_keys=True), encoding="utf-8")


def _documented(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    """The options of each module of ansible-core, as ansible-doc tells them."""
    words = ("doc", "--metadata-dump", "--no-fail-on-errors", "-t", "module", "ansible.builtin")
    try:
        said = subprocess.run(
            [sys.executable, "-S", "-P", "-m", "ansible", *words],
            env={
                "PATH": os.environ.get("PATH", ""),
                "PYTHONPATH": str(folder),
                "HOME": str(folder / "nobody"),
                "LC_ALL": "C.UTF-8",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        ).stdout
        documented = json.loads(said)["all"]["module"]
    except (OSError, subprocess.CalledProcessError, ValueError, KeyError) as error:
        raise DownloadError(FetchOutcome.FAILED, f"ansible-doc does not run: {error}") from error
    return {
        name: _options(module["doc"].get("options") or {})
        for name, module in documented.items()
        if "doc" in module
    }


def _options(options: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    """What of an option's documentation decides whether a value fits."""
    kept = ("aliases", "choices", "elements", "required", "type")
    return {
        name: {key: option[key] for key in kept if option.get(key)}
        for name, option in options.items()
    }


def _redirects(folder: Path) -> Mapping[str, str]:
    """Where names of modules lead that are no module of ansible-core (any more)."""
    file = folder / "ansible/config/ansible_builtin_runtime.yml"
    routing = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    modules = routing["plugin_routing"]["modules"] | routing["plugin_routing"]["action"]
    return {name: entry["redirect"] for name, entry in modules.items() if "redirect" in entry}


ANSIBLE = PythonFolder(
    NAME,
    pinned=(*(f"{name}=={version}" for name, version in _pins()), *_ANSWERS.values(), _RECIPE),
    arguments=(
        "--no-deps",
        "--only-binary",
        ":all:",
        "--require-hashes",
        "--requirement",
        str(LOCK),
    ),
    missing="run `make setup` where the Python package index is reached",
    version=_VERSIONS["ansible-core"],
    note=f"ansible-lint {_VERSIONS['ansible-lint']}",
    finish=_finish,
)
