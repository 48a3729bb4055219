"""What a format is: all that Assay knows about one language of files, declared in one value.

A folder of :mod:`rewardsvc.formats` declares one and holds whatever it is made of. Nobody else
names a format: who needs something of one looks it up in ``FORMATS``. docs/adding-a-format.md
shows how to add one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from rewardsvc.verification.verifier import Verifier

if TYPE_CHECKING:
    from rewardsvc.artifact import Artifact
    from rewardsvc.audit.gaming.catalogue import Scene
    from rewardsvc.audit.mutation.mutations import Mutations
    from rewardsvc.checks.measures import GradedMeasure
    from rewardsvc.checks.named.base import NamedCheck
    from rewardsvc.comparison import Comparison
    from rewardsvc.types import Means, Target
    from rewardsvc.verification.refusals import Refusal
    from sandbox.toolchain.model import Toolchain

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Deferred(Generic[T]):
    """A part of a format that judges nothing: it is loaded where it is first asked for, so that a
    change of it leaves cached verdicts alone and the server does without.

    ``place``: ``module:name``, as entry points have it.
    """

    place: str

    def load(self) -> T:
        """The value that stands there."""
        module, _, name = self.place.partition(":")
        value: T = getattr(import_module(module), name)
        return value


_OF_TEXT: "Deferred[Mutations]" = Deferred("rewardsvc.audit.mutation.text_family:TEXT_MUTATIONS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format. Its verifier judges, and has the name, the labels, the default path, the tools
    and the targets of the format.
    """

    verifier: Verifier
    fence: str
    """The label of the fence of a reference answer; one of the verifier's ``languages``."""
    prompt: str
    """What an answer is, behind "The answer is": ``a Dockerfile``."""
    comments: Callable[[str], str]
    """A file without its comments, every line with its number: what a judge reads. A text that
    cannot be taken apart stays as it is; never raises."""
    names: tuple[str, ...] = ()
    """Patterns of the names of files that are in this language, whatever the answer's format is."""
    witness: str | Mapping[str, str] = ""
    """A small good answer that shows whether the tools are well (:mod:`rewardsvc.witness`): a file,
    or paths to files; "" where one says nothing of the next answer."""
    light: bool = True
    """Whether most answers are read without a program being started for them."""
    leans_on: "Deferred[Callable[[Artifact], Means]] | None" = None
    """What an answer leans on that is looked up on the machine; None where nothing is."""
    edits: bool = False
    """Whether a task may say what stood before: its verifier judges what an answer changes."""
    fixtures: bool = False
    """Whether a task may bring files that nobody is shown: its verifier runs an answer on each."""
    named: "tuple[type[NamedCheck], ...]" = ()
    """Words for checks, which tasks, topics and teachers use."""
    measures: "tuple[GradedMeasure, ...]" = ()
    """What graded checks name: how far an answer agrees with its task's truth."""
    refusals: "tuple[Refusal[Any], ...]" = ()
    """What the real service refuses beyond the schema; the verifier looks for it."""
    mutations: "Deferred[Mutations]" = _OF_TEXT
    """What is done to a reference to see whether its checks notice; words and lines unless said."""
    comparison: "Deferred[Comparison] | None" = None
    """How answers are compared with each other; by their projections where None."""
    gaming: "Deferred[tuple[Scene, ...]] | None" = None
    """Hostile answers and their honest twins."""
    examined: "Deferred[Callable[[Toolchain], str]] | None" = None
    """What a maintainer is told of how much of its tools is used, a line (``rewardsvc doctor``)."""

    @property
    def name(self) -> str:
        """As tasks have it: ``github-actions``."""
        return self.verifier.format

    @property
    def targets(self) -> "frozenset[Target]":
        """What checks of it may look at."""
        return self.verifier.targets

    def has(self, path: str) -> bool:
        """Whether a file is in this language, by its name."""
        return any(fnmatchcase(PurePosixPath(path).name, pattern) for pattern in self.names)
