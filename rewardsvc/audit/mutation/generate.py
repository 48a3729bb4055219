"""A reference answer's mutants: all that its format's mutations make of its files. Pure."""

from dataclasses import dataclass

from rewardsvc.artifact import Artifact, File
from rewardsvc.audit.mutation.mutant import Edit, Mutant
from rewardsvc.audit.mutation.mutations import Mutations
from rewardsvc.extract import extract, render_answer
from rewardsvc.formats import FORMATS
from rewardsvc.types import JsonValue, Task


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

    An edit that leaves a file that no longer parses is a fault of the mutations', not a mutant: it
    is left out. Of edits with the same effect the first one stays.
    """
    format = FORMATS[task.format]
    artifact = extract(reference, task, format.verifier).artifact
    if artifact is None:
        return Mutants((), 0)
    mutations = format.mutations.load()
    original = _projected(mutations, artifact)
    found: list[Mutant] = []
    texts: set[str] = set()
    equivalent = 0
    for index, file in enumerate(artifact.files):
        for edit in mutations.edits(file):
            files = list(artifact.files)
            files[index] = File(file.path, file.language, edit.text)
            if edit.text in texts or not edit.text.strip():
                continue
            texts.add(edit.text)
            projection = _projected(mutations, Artifact(tuple(files)))
            if projection is None:
                continue
            if projection == original:
                equivalent += 1
                continue
            found.append(_mutant(edit, file, files, format.verifier.default_path))
    return Mutants(tuple(found), equivalent)


def _projected(mutations: Mutations, artifact: Artifact) -> JsonValue:
    """The projection; None where a file does not parse."""
    try:
        return mutations.projection(artifact)
    except (ValueError, SyntaxError, RecursionError):
        return None


def _mutant(edit: Edit, file: File, files: list[File], default: str) -> Mutant:
    language = file.language or "text"
    texts = {each.path: each.text for each in files}
    completion = render_answer(texts, language, default=default)
    return Mutant(
        kind=edit.kind,
        file=file.path,
        line=edit.line,
        path=edit.path,
        before=edit.before,
        after=edit.after,
        lost=edit.lost,
        completion=completion,
        vital=edit.vital,
        same=edit.same,
    )
