"""Real files that nobody here wrote, with what is known of each: from packages and test data.

What they are is decided by where they lie and what they are called, never by what is in them, but
for manifests, which have no usual name: a YAML file of a package counts where it has an apiVersion
and a kind at its beginning.
"""

import json
import os
import re
import site
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

MOST_OF_A_SOURCE = 60
"""Files of one format taken from one source; more say nothing new."""

MOST_BYTES = 512 * 1024
"""Of one file; an answer may have 1 MiB."""

SYSTEM = ("/usr/share", "/usr/lib", "/usr/local/lib")
"""Where Debian's and others' packages lie."""

_NAMES: Mapping[str, re.Pattern[str]] = {
    "dockerfile": re.compile(r"(?:.*/)?(?:Dockerfile|Containerfile)(?:\.(?!\d*\.?gz|py|vim)\w+)?"),
    "github-actions": re.compile(r".*/\.github/workflows/[^/]+\.ya?ml"),
    "compose": re.compile(r"(?:.*/)?(?:docker-)?compose\.ya?ml"),
    "gitlab-ci": re.compile(r"(?:.*/)?\.gitlab-ci\.ya?ml"),
    "azure-pipelines": re.compile(r"(?:.*/)?\.?azure-pipelines\.ya?ml"),
    "circleci": re.compile(r".*/\.circleci/config\.ya?ml"),
    "bitbucket-pipelines": re.compile(r"(?:.*/)?bitbucket-pipelines\.ya?ml"),
    "jenkinsfile": re.compile(r"(?:.*/)?Jenkinsfile"),
    "terraform": re.compile(r".*\.tf"),
    "bash": re.compile(r".*\.(?:sh|bash)"),
}
_SUFFIXES = frozenset({".yml", ".yaml", ".tf", ".sh", ".bash"})
_TEMPLATE = re.compile(r"template|\{\{|\.j2|\.in$", re.IGNORECASE)
_MANIFEST = re.compile(r"^apiVersion: \S+$.*^kind: \S+$", re.MULTILINE | re.DOTALL)
_HOOKS: Mapping[str, str] = {
    "azure-pipelines": "azure-pipelines",
    "bitbucket-pipelines": "bitbucket-pipelines",
    "circle-ci": "circleci",
    "compose-spec": "compose",
    "github-workflows": "github-actions",
    "gitlab-ci": "gitlab-ci",
}
"""Folders of check-jsonschema's example files."""

_PLAIN = re.compile(
    r"(?:\./)?bin/kubeconform(?: -summary| -verbose| -strict)* (fixtures/\S+\.yaml)"
)
"""kubeconform asked for one file, without options that we have no counterpart of."""


class Quality(StrEnum):
    """What is known of a file."""

    GOOD = "good"
    """Upstream says so, or it is in use in a package that was released."""
    BAD = "bad"
    """Upstream's own tests say so."""


@dataclass(frozen=True, slots=True)
class RealFile:
    """One file. ``name`` is short and unique within its ``source``."""

    source: str
    format: str
    name: str
    path: Path
    text: str
    known: Quality


def gather(
    data: Path | None, more: Iterable[Path], system: Iterable[str] = SYSTEM
) -> list[RealFile]:
    """Every file, in a stable order, each text once.

    ``data``: the folder of upstream's known files; ``more``: folders of unpacked packages;
    ``system``: where installed packages are looked for, beside those of this Python.
    """
    upstream = list(_of_data(data)) if data is not None else []
    roots = [*(Path(folder) for folder in site.getsitepackages()), *map(Path, system), *more]
    packaged = [file for root in roots if root.is_dir() for file in _of_packages(root)]
    seen: set[tuple[str, str]] = set()
    kept = []
    for file in [*upstream, *_thinned(packaged)]:
        if (file.format, file.text) not in seen:
            seen.add((file.format, file.text))
            kept.append(file)
    return kept


def _of_data(data: Path) -> Iterator[RealFile]:
    places = (
        (
            "github-actions/good",
            "*.y*ml",
            "github-actions",
            Quality.GOOD,
            "actionlint testdata",
        ),
        ("github-actions/bad", "*.y*ml", "github-actions", Quality.BAD, "actionlint testdata"),
        ("compose/good", "*.y*ml", "compose", Quality.GOOD, "awesome-compose"),
        ("dockerfile/upstream", "*", "dockerfile", Quality.GOOD, "awesome-compose"),
        ("kubernetes/kuberay", "*.yaml", "kubernetes", Quality.GOOD, "kuberay"),
        ("kubernetes/kserve", "*.yaml", "kubernetes", Quality.GOOD, "kserve"),
    )
    for folder, pattern, format, known, source in places:
        for path in sorted((data / folder).glob(pattern)):
            yield from _file(source, format, path.name, path, known)
    yield from _of_kubeconform(data / "kubernetes/kubeconform")


def _of_kubeconform(folder: Path) -> Iterator[RealFile]:
    """Fixtures whose verdict needs no option; strict mode decides where it was asked, too."""
    expected = folder / "expected.json"
    if not expected.is_file():
        return
    verdicts: dict[str, Quality] = {}
    for test in json.loads(expected.read_text(encoding="utf-8")):
        if match := _PLAIN.fullmatch(test["cmd"]):
            known = Quality.GOOD if test["exit"] == 0 else Quality.BAD
            if known is Quality.BAD or match[1] not in verdicts:
                verdicts[match[1]] = known
    for name, known in sorted(verdicts.items()):
        path = folder / name
        if path.is_file():
            yield from _file("kubeconform", "kubernetes", path.name, path, known)


def _of_packages(root: Path) -> Iterator[RealFile]:
    for folder, folders, names in os.walk(root):  # Path.walk came with Python 3.12
        folders.sort()
        for name in sorted(names):
            path = Path(folder) / name
            relative = path.relative_to(root).as_posix()
            hook = _of_hook(path)
            if hook is not None:
                yield from _file(_package(root, relative), hook[0], relative, path, hook[1])
                continue
            format = _format_of(relative, path)
            if format and not _TEMPLATE.search(relative):
                yield from _file(_package(root, relative), format, relative, path, Quality.GOOD)


def _of_hook(path: Path) -> tuple[str, Quality] | None:
    """Format and verdict of one of check-jsonschema's own example files."""
    parts = path.parts[-4:]
    if len(parts) == 4 and parts[0] == "hooks" and parts[2] in _HOOKS:
        known = Quality.GOOD if parts[1] == "positive" else Quality.BAD
        return _HOOKS[parts[2]], known
    return None


def _format_of(relative: str, path: Path) -> str:
    if path.suffix not in _SUFFIXES and "file" not in path.name.lower():
        return ""
    for format, pattern in _NAMES.items():
        if pattern.fullmatch(relative):
            return format
    if path.suffix in {".yml", ".yaml"} and path.is_file():
        try:
            head = path.read_bytes()[:2000].decode()
        except (OSError, UnicodeDecodeError):
            return ""
        return "kubernetes" if _MANIFEST.search(head) else ""
    return ""


def _file(source: str, format: str, name: str, path: Path, known: Quality) -> Iterator[RealFile]:
    try:
        if not path.is_file() or path.is_symlink() or path.stat().st_size > MOST_BYTES:
            return
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return  # not ours to judge: it is no text
    if format == "bash" and not re.match(r"#!.*\bbash\b", text):
        return
    if format in {"dockerfile", "kubernetes"} and "{{" in text and source not in _UPSTREAM:
        return  # a template of another tool
    if text.strip():
        yield RealFile(source, format, name, path, text, known)


_UPSTREAM = frozenset({"kuberay", "kserve", "kubeconform", "awesome-compose"})


def _package(root: Path, relative: str) -> str:
    if root.name in {"site-packages", "dist-packages"}:
        return "Python packages"
    first = relative.split("/", maxsplit=1)[0]
    return f"{root.name}/{first}" if str(root) in SYSTEM else first


def _thinned(files: list[RealFile]) -> Iterator[RealFile]:
    """At most so many of a source and format, evenly spaced over the sorted names."""
    groups: dict[tuple[str, str, Quality], list[RealFile]] = {}
    for file in files:
        groups.setdefault((file.source, file.format, file.known), []).append(file)
    for members in groups.values():
        members.sort(key=lambda file: file.name)
        step = max(1.0, len(members) / MOST_OF_A_SOURCE)
        yield from (members[int(index * step)] for index in range(int(len(members) / step)))
