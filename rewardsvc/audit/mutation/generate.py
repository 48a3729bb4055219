"""A reference answer's mutants: all that its format's family makes of its files. Pure."""

from dataclasses import dataclass
from functools import partial

from rewardsvc.artifact import Artifact, File
from rewardsvc.audit.mutation import dockerfile_family, hcl_family, text_family, yaml_family
from rewardsvc.audit.mutation.mutant import Edit, Mutant
from rewardsvc.audit.mutation.projection import projection_of
from rewardsvc.extract import extract, render_answer
from rewardsvc.types import Task
from rewardsvc.verifiers import VERIFIERS

_PROGRAMS = frozenset({"python", "bash", "jenkinsfile"})


@dataclass(frozen=True, slots=True)
class Mutants:
    """What was made of a reference.

    ``distinct``: those whose projection differs from the reference's and from each other's.
    ``equivalent``: how many are the reference in other words.
    """

    distinct: tuple[Mutant, ...]
    equivalent: int


def mutants_of(task: Task, reference: str) -> Mutants:
    """The mutants of a reference (a completion) of a task; none where it holds no file.

    An edit that leaves a file that no longer parses is a fault of the family's, not a mutant: it
    is left out. Of edits with the same effect the first one stays.
    """
    verifier = VERIFIERS[task.format]
    artifact = extract(reference, task, verifier).artifact
    if artifact is None:
        return Mutants((), 0)
    original = projection_of(task.format, artifact)
    found: list[Mutant] = []
    texts: set[str] = set()
    equivalent = 0
    for index, file in enumerate(artifact.files):
        for edit in _edits(task.format, file):
            files = list(artifact.files)
            files[index] = File(file.path, file.language, edit.text)
            if edit.text in texts or not edit.text.strip():
                continue
            texts.add(edit.text)
            projection = projection_of(task.format, Artifact(tuple(files)))
            if projection is None:
                continue
            if projection == original:
                equivalent += 1
                continue
            found.append(_mutant(edit, file, files))
    return Mutants(tuple(found), equivalent)


def _edits(format: str, file: File) -> list[Edit]:
    if format == "terraform":
        return list(hcl_family.edits(file.text)) if file.path.endswith(".tf") else []
    family = {
        "dockerfile": dockerfile_family.edits,
        **dict.fromkeys(_PROGRAMS, text_family.edits),
    }.get(format, partial(yaml_family.edits, format))
    return list(family(file.text))


def _mutant(edit: Edit, file: File, files: list[File]) -> Mutant:
    language = file.language or "text"
    completion = render_answer({each.path: each.text for each in files}, language)
    return Mutant(
        kind=edit.kind,
        file=file.path,
        line=edit.line,
        path=edit.path,
        before=edit.before,
        after=edit.after,
        says=edit.says,
        completion=completion,
        vital=edit.vital,
        same=edit.same,
    )
