"""What kubectl makes of a kustomization: how it is asked, its documents, what it says is wrong."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rewardsvc.artifact import File
from rewardsvc.formats.kubernetes.manifests import Manifest, manifests_of
from rewardsvc.formats.kubernetes.rendering import Rendering, inside, parts
from rewardsvc.formats.kustomize.folders import Folders, Kustomization, shown
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.ladder import OVERRUN, shortened
from rewardsvc.verification.yaml_files import YamlFile
from rewardsvc.yaml12 import Lines, YamlError, load_documents

ANSWER, GIVEN = "answer", "given"
"""Folders inside of the box."""

_ERROR = re.compile(r"^error: (.*)\Z", re.DOTALL | re.MULTILINE)
_WARNING = re.compile(r"^# Warning: ([^\n]*+)", re.MULTILINE)
_MAX_QUOTED = 20
_MAX_CANDIDATES = 100
"""Resources of one kind that a renamed one is looked for among."""


@dataclass(frozen=True, slots=True)
class Built:
    """One kustomization. ``problems``: why there are no documents; ``readable``: False where it ran
    out of a limit, or what it builds is no YAML."""

    documents: tuple[YamlFile, ...] = ()
    problems: tuple[Diagnostic, ...] = ()
    readable: bool = True


class Sources:
    """The resources of files, and which of them a built one was made of."""

    def __init__(self, folders: Folders, documents: Sequence[YamlFile]) -> None:
        listed = {one.within(entry) for one in folders.all.values() for entry in one.entries}
        # What is a resource goes before what patches one of its name.
        ordered = sorted(documents, key=lambda one: one.file.path not in listed)
        self._by_kind: dict[str, list[Manifest]] = defaultdict(list)
        self._by_name: dict[tuple[str, str], Manifest] = {}
        for manifest in (each for one in ordered for each in manifests_of(one)):
            self._by_name.setdefault((manifest.kind, manifest.name), manifest)
            if len(self._by_kind[manifest.kind]) < _MAX_CANDIDATES:
                self._by_kind[manifest.kind].append(manifest)

    def of(self, built: Manifest) -> YamlFile | None:
        """The document that became this one: of its kind, and with its name but for what
        kustomize sets before and behind it."""
        if found := self._by_name.get((built.kind, built.name)):
            return found.source
        same = [one for one in self._by_kind[built.kind] if one.name and one.name in built.name]
        best = max(same, key=lambda one: len(one.name), default=None)
        return best.source if best is not None else None


def build(root: Kustomization, place: str) -> tuple[str, ...]:
    """The words that build a kustomization, which lies below that folder of the box."""
    return ("kustomize", inside(f"{place}/{root.folder}".rstrip("/")))


def read(rendering: Rendering, root: Kustomization, folders: Folders, sources: Sources) -> Built:
    """The documents of a rendering, or what is wrong."""
    if rendering.overrun:
        words = f"kubectl ran out of {rendering.overrun} building {shown(root.folder)}"
        problem = Diagnostic("error", words, OVERRUN, root.path)
        return Built(problems=(problem,), readable=False)
    if rendering.error:
        match = _ERROR.search(rendering.error)
        said = match[1] if match else rendering.error
        said = said.replace(inside(f"{ANSWER}/"), "").replace(inside(ANSWER), ".")
        place = _place(said, root, folders)
        return Built(problems=(Diagnostic("error", shortened(said), "kustomize", *place),))
    documents: list[YamlFile] = []
    for part in parts(rendering.text):
        try:
            found = load_documents(part.text)
        except YamlError as error:
            words = f"what it builds is no YAML: {error.message}"
            problem = Diagnostic("error", shortened(words), "yaml", root.path)
            return Built(problems=(problem,), readable=False)
        for each in found:
            if each.value is not None:
                documents.append(_placed(each.value, root, folders, sources))
    return Built(tuple(documents))


def values(rendering: Rendering) -> list[JsonValue]:
    """The resources of a rendering as they are; none where there is no telling."""
    try:
        found = [each for part in parts(rendering.text) for each in load_documents(part.text)]
    except YamlError:
        return []
    return [each.value for each in found if each.value is not None]


def warnings(rendering: Rendering, root: Kustomization) -> Iterator[Diagnostic]:
    """What kustomize calls deprecated."""
    for message in dict.fromkeys(_WARNING.findall(rendering.said)):
        yield Diagnostic("warning", shortened(message), "deprecated", root.path)


def _placed(value: object, root: Kustomization, folders: Folders, sources: Sources) -> YamlFile:
    """A built document, with the places of the one that it was made of."""
    own = File(root.path, "yaml", folders.files[root.path])
    alone = YamlFile(own, 0, value, 1, Lines(own.text))
    manifest = next(manifests_of(alone), None)
    source = sources.of(manifest) if manifest is not None else None
    if source is None:
        return alone
    return YamlFile(source.file, source.index, value, source.line, source.lines, source.within)


def _place(said: str, root: Kustomization, folders: Folders) -> tuple[str, int]:
    """The kustomization, and the line in it, that names what kustomize quotes; else the root."""
    texts = {root.path: folders.files[root.path]}
    texts |= {one.path: folders.files[one.path] for one in folders.all.values()}
    for quoted in said[:4000].split("'")[1:_MAX_QUOTED]:
        for path, text in texts.items():
            at = text.find(quoted) if len(quoted) > 1 else -1
            if at >= 0:
                return path, text.count("\n", 0, at) + 1
    return root.path, 0
