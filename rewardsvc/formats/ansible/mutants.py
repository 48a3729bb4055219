"""What mutants are made of Ansible playbooks: where they define, refer and allow."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rewardsvc.artifact import Artifact, File
from rewardsvc.audit.mutation.mutant import Edit, Kind
from rewardsvc.audit.mutation.semantics import Path, YamlSemantics
from rewardsvc.audit.mutation.yaml_family import yaml_mutations
from rewardsvc.formats.ansible.documents import followed, shown
from rewardsvc.formats.ansible.leaning import documented_here
from rewardsvc.formats.ansible.reading import TAGS, as_ansible_reads, project_of, read_files
from rewardsvc.formats.ansible.verifier import AnsibleVerifier
from rewardsvc.types import JsonValue, Target
from rewardsvc.yaml12 import YamlError, load_documents

_LISTS = frozenset({"tasks", "pre_tasks", "post_tasks", "handlers", "roles", "block"})
_NOTIFIES = re.compile(r".*\.notify(?:\.\d+)?")
_MODE = re.compile(r"0[0-7]{3}")
_CONTRARIES = {
    "present": "absent",
    "latest": "absent",
    "installed": "removed",
    "absent": "present",
    "removed": "installed",
    "directory": "absent",
    "touch": "absent",
    "link": "absent",
    "file": "absent",
    "started": "stopped",
    "restarted": "stopped",
    "reloaded": "stopped",
    "stopped": "started",
    "mounted": "unmounted",
    "unmounted": "mounted",
}
"""States of modules, and what has the contrary done."""
_STATE = re.compile(r"(?<![\w.-])(state: ?|state=)([\'\"]?)(\w+)-other(?![\w-])")
"""A state in which YAML's own mutants put a word that no module knows."""

_TITLE = re.compile(r"(?:\[\d+\](?:\.(?:tasks|pre_tasks|post_tasks|block))?)+\.name")
"""What plays, blocks and tasks are called; what handlers are called is referred to."""


class _PlaybookSemantics(YamlSemantics):
    references = _NOTIFIES
    growing = re.compile(r".*\.(?:groups|ports|published_ports|capabilities)")

    def is_resource(self, path: Path, document: JsonValue) -> bool:
        """A play, a task, a handler or a role."""
        if not isinstance(path[-1], int):
            return False
        return len(path) == 1 or path[-2] in _LISTS

    def more_allowed(self, path: Path, value: JsonValue) -> Iterator[JsonValue]:
        """A mode that lets everybody write."""
        if path[-1] == "mode" and isinstance(value, str) and _MODE.fullmatch(value):
            yield "0777"

    def defined(self, documents: Sequence[JsonValue], index: int, path: Path) -> frozenset[str]:
        """What handlers are called and listen to."""
        return frozenset(_handlers(documents[index]))

    def groups(
        self, documents: Sequence[JsonValue], index: int, path: Path
    ) -> Iterator[Sequence[str]]:
        """Handlers."""
        yield tuple(_handlers(documents[index]))


def _handlers(value: JsonValue) -> Iterator[str]:
    plays = value if isinstance(value, list) else []
    for play in plays:
        handlers = play.get("handlers") if isinstance(play, dict) else None
        for handler in handlers if isinstance(handlers, list) else ():
            if isinstance(handler, dict):
                yield from (str(handler[key]) for key in ("name", "listen") if key in handler)


def _read(text: str) -> list[JsonValue]:
    documents = load_documents(as_ansible_reads(text), tags=TAGS)
    return [each.value for each in documents if each.value is not None]


_OF_YAML = yaml_mutations(_PlaybookSemantics(), read=_read)
_MODULES = documented_here()


def _edits(file: File) -> Iterable[Edit]:
    """Those of what a play does, and not of what it is called."""
    for edit in _OF_YAML.edits(file):
        if not _TITLE.fullmatch(edit.path):
            yield _contrary(edit) or edit


def _contrary(edit: Edit) -> Edit | None:
    """The edit with the contrary of a state, None where it is about something else."""
    written = _STATE.search(edit.text)
    other = _CONTRARIES.get(written[3]) if written else None
    if edit.kind is not Kind.CHANGE_NAME or written is None or other is None:
        return None
    word = f"{written[3]}-other"
    return replace(
        edit,
        kind=Kind.FLIP_BOOLEAN,
        after=edit.after.replace(word, other, 1),
        text=edit.text.replace(written[0], f"{written[1]}{written[2]}{other}", 1),
    )


def _plays(artifact: Artifact) -> list[Any]:
    read = read_files(artifact)
    if not read.parsed:
        raise ValueError("a file does not parse")
    return shown(followed(project_of(artifact, read.sources), _MODULES))


def _untitled(plays: Sequence[Any]) -> JsonValue:
    """Plays and their tasks without what they are called."""
    return [
        {
            **{key: value for key, value in play.items() if key != "name"},
            **{
                part: [{key: task[key] for key in task if key != "name"} for task in play[part]]
                for part in ("tasks", "handlers")
            },
        }
        for play in plays
    ]


def _done(artifact: Artifact) -> JsonValue:
    return _untitled(_plays(artifact))


def _shown(text: str) -> Mapping[Target, JsonValue] | None:
    return _shown_together(Artifact((File(AnsibleVerifier.default_path, "yaml", text),)))


def _shown_together(artifact: Artifact) -> Mapping[Target, JsonValue] | None:
    try:
        return {Target.DOCUMENTS: _plays(artifact)}
    except (YamlError, ValueError):
        return None


MUTATIONS = replace(
    _OF_YAML,
    edits=_edits,
    projection=_done,
    shown=_shown if _MODULES.options else None,
    shown_together=_shown_together if _MODULES.options else None,
)
