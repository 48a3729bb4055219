"""The files of an Ansible answer: YAML as Ansible reads it, and what each file is by its place."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import yaml

from rewardsvc.artifact import Artifact, File
from rewardsvc.types import JsonValue
from rewardsvc.verification.yaml_files import ParsedFiles, YamlFile, parse_files
from rewardsvc.yaml12 import LocalTag

LANGUAGES = frozenset({"ansible", "yaml", "yml"})
"""Labels of playbooks, tasks and variables."""
OTHERS = frozenset({"ini", "j2", "jinja", "jinja2"})
"""Labels of what lies beside them: inventories and templates."""

_ENCRYPTED = "$ANSIBLE_VAULT;"
_TRUE = frozenset({"yes", "Yes", "YES", "on", "On", "ON"})
_FALSE = frozenset({"no", "No", "NO", "off", "Off", "OFF"})
_DIGITS = re.compile(r"0[0-7]{3,4}|0x[0-9A-Fa-f]{13,}")
"""Octal modes, and fingerprints of keys, which are too large for a number."""
_MAIN = ("main.yml", "main.yaml", "main")
_SECTIONS = frozenset({"defaults", "files", "handlers", "meta", "tasks", "templates", "vars"})
"""Folders of a role."""


def _as_written(value: JsonValue) -> JsonValue:
    return value


TAGS: Mapping[str, LocalTag] = {"!unsafe": _as_written, "!vault": _as_written}


def as_ansible_reads(text: str) -> str:
    """A text whose plain words mean in YAML 1.2 what they mean to Ansible, line by line.

    ``yes`` and ``off`` are booleans there; and an octal mode (``0644``) or a fingerprint in
    hexadecimal becomes the text of its digits, which is what everybody means by it.
    """
    if text.startswith(_ENCRYPTED):
        return ""
    pieces: list[str] = []
    position = 0
    key = False
    try:
        for token in yaml.scan(text, Loader=yaml.CSafeLoader):
            if isinstance(token, yaml.ScalarToken) and token.plain and not key:
                other = _meant(token.value)
                if other is not None:
                    start, end = token.start_mark.index, token.end_mark.index
                    pieces += (text[position:start], other)
                    position = end
            key = isinstance(token, yaml.KeyToken)
    except yaml.YAMLError:
        return text  # the parser says where and why
    return "".join((*pieces, text[position:]))


def _meant(word: str) -> str | None:
    if word in _TRUE:
        return "true"
    if word in _FALSE:
        return "false"
    return f'"{word}"' if _DIGITS.fullmatch(word) else None


def read_files(artifact: Artifact) -> ParsedFiles:
    """The YAML files of an answer."""
    read = tuple(
        replace(file, text=as_ansible_reads(file.text)) for file in artifact.files if is_read(file)
    )
    return parse_files(Artifact(read), LANGUAGES, tags=TAGS)


def is_read(file: File) -> bool:
    """Whether a file is YAML that Ansible reads: not what a role copies, nor an inventory."""
    path = PurePosixPath(file.path)
    if file.language.lower() in OTHERS or {"files", "templates"} & set(path.parts[:-1]):
        return False
    return file.language.lower() in LANGUAGES or path.suffix in {".yml", ".yaml"}


def is_placed(file: File) -> bool:
    """Whether a file may lie where Ansible runs: no code of the answer's, and no configuration."""
    path = PurePosixPath(file.path)
    if any(part.startswith(".") for part in path.parts) or path.name == "ansible.cfg":
        return False
    return not any(
        part in {"library", "module_utils", "collections", "ansible_collections"}
        or part.endswith("_plugins")
        for part in path.parts[:-1]
    ) and path.suffix not in {".py", ".pyc", ".so"}


@dataclass(frozen=True, slots=True)
class Project:
    """What an answer consists of.

    ``playbooks``: files that are lists of plays, in the order of the answer. ``files``: all YAML
    files by their paths. ``role_at``: from the name of each role to its folder. ``own_modules``:
    names of modules that the answer brings.
    """

    playbooks: tuple[YamlFile, ...]
    files: Mapping[str, YamlFile]
    role_at: Mapping[str, str]
    own_modules: frozenset[str]

    def main_of(self, role: str, section: str) -> YamlFile | None:
        """What a role begins with in a section: ``tasks``, ``handlers``, ``vars`` …"""
        return self.file_of(role, section, "main")

    def file_of(self, role: str, section: str, name: str) -> YamlFile | None:
        """A file of a role, with or without its ending."""
        folder = PurePosixPath(self.role_at[role], section)
        names = _MAIN if name == "main" else (name, f"{name}.yml", f"{name}.yaml")
        return next((file for each in names if (file := self.files.get(str(folder / each)))), None)


def project_of(artifact: Artifact, sources: Sequence[YamlFile]) -> Project:
    """What the files of an answer are."""
    files = {source.file.path: source for source in sources if source.index == 0}
    paths = [PurePosixPath(file.path) for file in artifact.files]
    roles = dict(_roles(paths))
    playbooks = [source for source in files.values() if _is_playbook(source)]
    if not playbooks and not roles and any(path.parts[0] in _SECTIONS for path in paths):
        roles = {"answer": "."}  # the answer is a role, from its root
    if not playbooks and not roles:
        playbooks = [source for path, source in files.items() if "/" not in path]
    return Project(tuple(playbooks), files, roles, frozenset(_own_modules(paths)))


def _roles(paths: Sequence[PurePosixPath]) -> Iterator[tuple[str, str]]:
    for path in paths:
        parts = path.parts
        for at in range(len(parts) - 3):
            if parts[at] == "roles" and parts[at + 2] in _SECTIONS:
                yield parts[at + 1], "/".join(parts[: at + 2])
                break


def _is_playbook(source: YamlFile) -> bool:
    plays = source.value
    if not isinstance(plays, list) or "roles" in PurePosixPath(source.file.path).parts[:-1]:
        return False
    return any(
        isinstance(play, dict) and any(key.rpartition(".")[2] in _OF_A_PLAY for key in play)
        for play in plays
    )


_OF_A_PLAY = frozenset({"hosts", "import_playbook"})


def _own_modules(paths: Sequence[PurePosixPath]) -> Iterator[str]:
    for path in paths:
        if path.suffix == ".py" and path.parent.name == "library":
            yield path.stem
