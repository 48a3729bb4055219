"""Ansible and ansible-lint, which Ansible answers are judged with, in a folder of their own.

They are under GPL-3.0: programs that run in a box, never imported by anything of ours; and what
they need would bind our own dependencies. ``ansible.lock`` pins all of it with checksums.
"""

import re
from pathlib import Path

from sandbox.base import WORK
from sandbox.toolchain.python_folder import PythonFolder

NAME = "ansible"
LOCK = Path(__file__).with_name("ansible.lock")

INSIDE = "/ansible"
"""Where the folder lies in a box."""

STAND_INS = "stand-ins"
"""Of the folder: programs that ansible-lint calls by their names and that take half its time."""

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


def _put_stand_ins(folder: Path) -> None:
    place = folder / STAND_INS
    place.mkdir()
    for name, answer in _ANSWERS.items():
        script = place / name
        script.write_text(f"#!/bin/sh\ncat <<'END'\n{answer}END\n", encoding="utf-8")
        script.chmod(0o755)


ANSIBLE = PythonFolder(
    NAME,
    pinned=(*(f"{name}=={version}" for name, version in _pins()), *_ANSWERS.values()),
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
    finish=_put_stand_ins,
)
