"""What is done to the files of one format, and what of them counts as the same answer."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from rewardsvc.artifact import Artifact, File
from rewardsvc.audit.mutation.mutant import Edit
from rewardsvc.types import JsonValue, Target

Shown = Callable[[str], Mapping[Target, JsonValue] | None]
"""What checks would see of a file if the tools accept it; None where that is not certain."""

ShownTogether = Callable[[Artifact], Mapping[Target, JsonValue] | None]
"""What checks would see of all files of an answer; None where that is not certain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutations:
    """The typed edits of a format's files. All of it is pure.

    ``edits``: of one file; none where it does not parse.
    ``projection``: what checks see of an answer, as far as it is a function of its text. Two
    answers with equal projections are the same answer: what differs is layout, comments, quotes
    or the order of keys. For Terraform that is the configuration, which says less than the plan
    does: equal configurations plan equally, others may, too
    (:mod:`rewardsvc.audit.mutation.outcome` asks the plan). Raises ValueError, SyntaxError or
    RecursionError where a file does not parse.
    ``costly``: whether to judge one mutant takes a run of a tool that says what checks see, a tenth
    of a second and more: whoever decides on many tasks looks at a sample then.
    ``shown``: for formats whose checks see a function of the text and nothing else; None for
    others. ``shown_together``: the same of an answer of several files, where checks see what they
    come to together.
    """

    edits: Callable[[File], Iterable[Edit]]
    projection: Callable[[Artifact], JsonValue]
    shown: Shown | None = None
    shown_together: ShownTogether | None = None
    costly: bool = False


def texts_of(artifact: Artifact) -> JsonValue:
    """A projection where nothing is known of the text: only an equal text is an equal answer."""
    return {file.path: file.text for file in artifact.files}
