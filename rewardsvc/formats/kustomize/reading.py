"""An answer as kustomizations, before kubectl has looked at it: what is built, and out of what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats.kubernetes.rendering import BESIDE
from rewardsvc.formats.kustomize import building
from rewardsvc.formats.kustomize.building import ANSWER, GIVEN, Sources
from rewardsvc.formats.kustomize.folders import MAX_ROOTS, NAMES, Folders, Kustomization, shown
from rewardsvc.types import Diagnostic, JsonValue, Stage
from rewardsvc.verification.given import laid_over
from rewardsvc.verification.ladder import syntax
from rewardsvc.verification.yaml_files import YamlFile, is_yaml, parse_files

YAML = frozenset({"yaml", "yml", "json", "kustomize", "kustomization"})
"""Labels of files that are YAML, under whatever name."""


@dataclass(frozen=True)
class OverlayAnswer:
    """Kustomizations that can be read, of the answer over those of the task."""

    folders: Folders
    given: Folders
    touched: frozenset[str]
    """The paths of the answer's own files."""
    resources: Sequence[YamlFile]
    """The documents of all files."""

    @cached_property
    def roots(self) -> list[Kustomization]:
        """What is built; the first one is what ``documents`` shows."""
        return list(islice(self.folders.roots(self.touched), MAX_ROOTS))

    @cached_property
    def given_roots(self) -> list[Kustomization]:
        """What the task's own files would build."""
        return list(islice(self.given.roots(self.given.files), MAX_ROOTS))

    @cached_property
    def sources(self) -> Sources:
        """What tells the file that a built resource was made of."""
        return Sources(self.folders, self.resources)

    @property
    def runs(self) -> dict[str, Sequence[str]]:
        """What kubectl is to do, by the names that :func:`run_of` gives."""
        placed = ((ANSWER, self.roots), (GIVEN, self.given_roots))
        return {
            run_of(place, root): building.build(root, place)
            for place, roots in placed
            for root in roots
        }

    @property
    def laid_out(self) -> dict[str, str]:
        """The files of the box."""
        placed = {f"{ANSWER}/{path}": text for path, text in self.folders.laid_out.items()}
        return placed | {f"{GIVEN}/{path}": text for path, text in self.given.files.items()}


def run_of(place: str, root: Kustomization) -> str:
    """The name of a run: which root of whose files is built."""
    return f"{place} {shown(root.folder)}"


def tree_of(folders: Folders) -> dict[str, JsonValue]:
    """What checks see of the kustomizations themselves, by their folders."""
    return {shown(one.folder): dict(one.body) for one in folders.all.values()}


def read_answer(artifact: Artifact, given: Mapping[str, str]) -> tuple[Stage, OverlayAnswer | None]:
    """The ``parse`` stage, and the answer where it can be read."""
    written = Artifact(tuple(file for file in artifact.files if _is_yaml(file)))
    files = parse_files(written, YAML)
    if not files.parsed:
        return files.stage, None
    texts = {file.path: file.text for file in artifact.files}
    folders = Folders(laid_over(texts, given))
    if not folders.all:
        words = f"there is no {NAMES[0]} that holds a mapping"
        problem = Diagnostic("error", words, "no-kustomization")
        return syntax("parse", [problem], files.stage.seconds), None
    beneath = [
        File(path, "yaml", text) for path, text in folders.files.items() if path not in texts
    ]
    theirs = parse_files(Artifact(tuple(filter(_is_yaml, beneath))), YAML)
    answer = OverlayAnswer(
        folders, Folders(given), frozenset(texts), (*files.sources, *theirs.sources)
    )
    return files.stage, answer


def _is_yaml(file: File) -> bool:
    """Whether a file is YAML: what has the label of another language is that, whatever its name."""
    return file.language.lower() not in BESIDE and is_yaml(file, YAML)
