"""Kustomizations as folders: which there are, what they refer to, and which of them are built.

Pure. The files are the answer's, over those that the task gives.
"""

import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rewardsvc.types import JsonValue
from rewardsvc.yaml12 import YamlError, load_documents
from sandbox.lack import Lack, LackKind

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""What kustomize calls its files, in the order in which it looks for them."""

MAX_ROOTS = 6

_REFERRING = ("resources", "bases", "components", "generators", "transformers", "validators")
"""Fields whose entries are files or folders."""

_FETCHED = ("resources", "bases", "components")
"""Fields of which kustomize would fetch an entry."""

_REMOTE = re.compile(
    r"[a-z][a-z0-9+.-]*+::?/.*+|[a-z][a-z0-9+.-]*+::.*+|[^\s@/]++@[^\s@/]++[:/].*+"
    r"|(?:github\.com|gitlab\.com|bitbucket\.org)[:/].*+|[^?]*+\?(?:ref|version|timeout)=.*+",
    re.IGNORECASE | re.DOTALL,
)
"""A URL, as git and go-getter have them."""


@dataclass(frozen=True, slots=True)
class Kustomization:
    """One folder's. ``path``: the file; ``body``: what it says."""

    folder: str
    path: str
    body: Mapping[str, Any]

    @property
    def is_component(self) -> bool:
        """Whether it is a part for others, which is never built by itself."""
        return self.body.get("kind") == "Component"

    @property
    def entries(self) -> Iterator[str]:
        """The files, folders and URLs that it refers to as a whole."""
        return (entry for field in _REFERRING for entry in _texts(self.body.get(field)))

    def within(self, entry: str) -> str:
        """The path that an entry leads to, "" for the top; it may lead out (``../x``)."""
        path = posixpath.normpath(posixpath.join(self.folder, entry))
        return "" if path == "." else path


class Folders:
    """All kustomizations among files."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files
        self.all: dict[str, Kustomization] = {}
        for name in reversed(NAMES):
            for path, text in files.items():
                folder, _, last = path.rpartition("/")
                if last == name and (body := _body(text)) is not None:
                    self.all[folder] = Kustomization(folder, path, body)

    def roots(self, touched: Iterable[str]) -> list[Kustomization]:
        """What is built: the kustomizations that no other refers to, and that the files
        ``touched`` have a part in; where they have none, all of those. Those that build on others
        come first, and then it is the order of the files.

        Where each is referred to (a circle), the first one, for kustomize to say so.
        """
        referred = {
            path
            for one in self.all.values()
            for path in map(one.within, one.entries)
            if path in self.all and path != one.folder
        }
        ordered = [
            self.all[folder]
            for folder in dict.fromkeys(path.rpartition("/")[0] for path in self.files)
            if folder in self.all
        ]
        outer = [one for one in ordered if one.folder not in referred and not one.is_component]
        having = [one for one in outer if not self._closure(one).isdisjoint(touched)]
        return sorted(having or outer or ordered[:1], key=lambda one: not self._builds_on(one))

    @cached_property
    def remote(self) -> dict[str, list[str]]:
        """By kustomization file, the entries that would be fetched."""
        found = {
            one.path: [
                entry
                for field in _FETCHED
                for entry in _texts(one.body.get(field))
                if self._is_remote(one, entry)
            ]
            for one in self.all.values()
        }
        return {path: entries for path, entries in found.items() if entries}

    @property
    def lacks(self) -> tuple[Lack, ...]:
        """What a server does not have for them: kustomizations and charts of elsewhere."""
        entries = dict.fromkeys(entry for each in self.remote.values() for entry in each)
        charts = (chart for one in self.all.values() for chart in _charts(one.body))
        named = (Lack(LackKind.MODULE, entry) for entry in entries)
        return (*named, *dict.fromkeys(charts))

    @property
    def laid_out(self) -> dict[str, str]:
        """What kustomize is given: without what it would fetch, which it fails on."""
        files = dict(self.files)
        for one in self.all.values():
            absent = set(self.remote.get(one.path, ()))
            inflated = {"helmCharts", "helmChartInflationGenerator"} & one.body.keys()
            if absent or inflated:
                body = {key: value for key, value in one.body.items() if key not in inflated}
                for field in _FETCHED:
                    if isinstance(body.get(field), list):
                        body[field] = [each for each in body[field] if each not in absent]
                files[one.path] = json.dumps(body)
        return files

    def _builds_on(self, one: Kustomization) -> bool:
        """Whether it refers to more than files of its own, be it a folder that is not there."""
        paths = map(one.within, one.entries)
        return any(path not in self.files or not _is_in(path, one.folder) for path in paths)

    def _is_remote(self, one: Kustomization, entry: str) -> bool:
        path = one.within(entry)
        here = path in self.files or path in self.all
        return not here and _REMOTE.fullmatch(entry) is not None

    def _closure(self, root: Kustomization) -> set[str]:
        """The files in the folders that a root is made of."""
        folders, waiting = {root.folder}, [root]
        while waiting:
            one = waiting.pop()
            for folder in map(one.within, one.entries):
                if folder in self.all and folder not in folders:
                    folders.add(folder)
                    waiting.append(self.all[folder])
        return {path for path in self.files if any(_is_in(path, folder) for folder in folders)}


def shown(folder: str) -> str:
    """A folder as checks and messages name it: ``.`` for the top."""
    return folder or "."


def _is_in(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def _body(text: str) -> Mapping[str, Any] | None:
    """What a kustomization file says; None where it is none."""
    try:
        documents = [each.value for each in load_documents(text) if each.value is not None]
    except YamlError:
        return None
    if not documents:
        return {}
    return documents[0] if isinstance(documents[0], dict) else None


def _texts(value: JsonValue) -> list[str]:
    entries = value if isinstance(value, list) else []
    return [entry for entry in entries if isinstance(entry, str)]


def _charts(body: Mapping[str, Any]) -> Iterator[Lack]:
    """The charts that kustomize would have Helm fetch and inflate."""
    for field in ("helmCharts", "helmChartInflationGenerator"):
        listed = body.get(field)
        for entry in listed if isinstance(listed, list) else ():
            if isinstance(entry, dict):
                name = str(entry.get("name") or entry.get("chartName") or "a chart")
                place = str(entry.get("repo") or entry.get("chartRepo") or "").rstrip("/")
                version = str(entry.get("version") or entry.get("chartVersion") or "")
                yield Lack(LackKind.MODULE, f"{place}/{name}" if place else name, version)
