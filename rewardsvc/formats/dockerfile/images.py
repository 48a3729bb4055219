"""Images and stages that a Dockerfile names (BuildKit's dockerfile2llb/convert.go)."""

import re
from collections.abc import Iterator

from rewardsvc.formats.dockerfile.build import VARIABLE, find_stage, substitute
from rewardsvc.formats.dockerfile.official import OFFICIAL
from rewardsvc.formats.dockerfile.source import DockerfileSource
from rewardsvc.types import Diagnostic

_PLATFORM_ARGUMENTS = frozenset(
    f"{side}{part}"
    for side in ("TARGET", "BUILD")
    for part in ("PLATFORM", "OS", "ARCH", "VARIANT", "STAGE")
)
"""Arguments that are there without an ARG."""

_PART = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
_HOST = r"(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*|\[[0-9a-fA-F:]+\])(?::\d+)?"
_REFERENCE = re.compile(
    rf"(?:{_HOST}/)?{_PART}(?:/{_PART})*(?::\w[\w.-]{{0,127}})?"
    r"(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?",
    re.ASCII,
)
"""distribution/reference ``ReferenceRegexp``."""


def no_image(source: DockerfileSource) -> Iterator[Diagnostic]:
    """FROM without an image."""
    for stage in source.build.stages:
        if not stage.base:
            yield source.problem("no-image", "FROM names no image", stage.line)


def later_stages(source: DockerfileSource) -> Iterator[Diagnostic]:
    """FROM a stage that comes later, or of itself."""
    for stage in source.build.stages:
        named = source.build.named.get(stage.base.lower())
        later = stage.parent is None and named is not None and named[-1] >= stage.index
        if later and stage.base not in OFFICIAL:
            words = f"FROM {stage.base} stands before the stage of that name"
            yield source.problem("from-later", words, stage.line)


def unknown_sources(source: DockerfileSource) -> Iterator[Diagnostic]:
    """``--from`` of a stage that is not there, or comes later."""
    for stage in source.build.stages:
        for reference, instruction in stage.copies_from:
            if "$" in reference or find_stage(source.build, reference, stage.index) is not None:
                continue
            if not re.search(r"[/:.@]", reference) and reference not in OFFICIAL:
                words = f"--from={reference} names no stage before this one"
                yield source.problem("copy-from", words, instruction.line)


def variable_sources(source: DockerfileSource) -> Iterator[Diagnostic]:
    """``--from`` does not know variables."""
    for stage in source.build.stages:
        for reference, instruction in stage.copies_from:
            if any(match["braced"] or match["bare"] for match in VARIABLE.finditer(reference)):
                words = f"--from={reference}: a variable is not replaced here; name a stage for it"
                yield source.problem("from-variable", words, instruction.line)


def references(source: DockerfileSource) -> Iterator[Diagnostic]:
    """What FROM names is a stage, or the reference of an image.

    A variable that no ARG before the first FROM declares is empty there.
    """
    declared = source.build.global_args
    froms = [each for each in source.instructions if each.name == "FROM"]
    for stage, instruction in zip(source.build.stages, froms, strict=True):
        if stage.parent is not None or not stage.base or stage.base == "scratch":
            continue
        names = {match["braced"] or match["bare"] for match in VARIABLE.finditer(instruction.rest)}
        given = {name for name in names if declared.get(name) == ""}  # on the command line
        if "\\" in instruction.rest or given or names & _PLATFORM_ARGUMENTS:
            continue
        unknown = names - declared.keys()
        image = substitute(stage.base, dict.fromkeys(unknown, ""))
        if "$" not in image and not _REFERENCE.fullmatch(image):
            words = f"{stage.base!r} is no reference of an image"
            if unknown:
                words += f": no ARG before the first FROM declares {', '.join(sorted(unknown))}"
            yield source.problem("image", words, stage.line)
