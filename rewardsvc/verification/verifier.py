"""What a verifier is: it knows one format and turns an artifact into stage results.

A verifier reports facts; ``rewardsvc.reward`` alone turns them into a reward. It never catches
the errors of ``sandbox.errors``: those are faults of ours and are classified in one place
(``rewardsvc.faults``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from rewardsvc.artifact import Artifact
from rewardsvc.means import Lack
from rewardsvc.types import Fault, Fixture, JsonValue, Stage, Target
from sandbox.base import Runner
from sandbox.terraform import Depth, TerraformRunner
from sandbox.toolchain import Toolchain


@dataclass(frozen=True, slots=True)
class Workbench:
    """What verifiers work with.

    ``terraform`` is None where no terraform was found; ``terraform_until`` is how far a
    configuration is taken. ``looked_at``: what the task's checks look at; what takes time to make
    and is not among it need not be made. ``task_input``: the task's input, where some formats find
    the files that an answer is to work on. ``task_before``: what stood before an edit, path to
    text. ``task_fixtures``: what it is run on beside that, each in turn.
    """

    sandbox: Runner
    toolchain: Toolchain
    terraform: TerraformRunner | None
    terraform_until: Depth = Depth.PLAN
    looked_at: frozenset[Target] = frozenset(Target)
    task_input: str = ""
    task_before: Mapping[str, str] = field(default_factory=dict)
    task_fixtures: tuple[Fixture, ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """What a verifier found out about one artifact.

    ``stages``: the ladder, in order, of components syntax, correctness and format (not the
    checks and not the fences: the pipeline adds those two).
    ``parsed``: False where a file does not parse; the later stages are then SKIPPED.
    ``vacuous``: why there is nothing of substance in it, "" where there is something.
    ``projections``: what checks may look at; a target that is absent has nothing to show.
    ``fault``: a fault of ours that leaves the verdict UNSCORED though some stages are known.
    ``lacking``: what the answer leans on and is not here; :mod:`rewardsvc.means` decides what that
    means for it. The stages are as far as it could be looked into without.
    ``no_op``: what the projections would show of an answer that does nothing, where the format
    or the task decides that; a check that holds of it is no evidence of work.
    ``on_fixtures``: the same of each fixture of the task, in order, where it was run on them.
    """

    stages: tuple[Stage, ...]
    parsed: bool = True
    vacuous: str = ""
    projections: Mapping[Target, JsonValue] = field(default_factory=dict)
    fault: Fault | None = None
    lacking: tuple[Lack, ...] = ()
    no_op: Mapping[Target, JsonValue] = field(default_factory=dict)
    on_fixtures: "tuple[Findings, ...]" = ()


class Verifier(Protocol):
    """One format. Registered in ``rewardsvc.formats.FORMATS``."""

    format: str
    languages: frozenset[str]
    """Fence labels (lower case) that mean this format."""
    default_path: str
    """The name of the file when the task asks for one and the fence carries no path."""
    many: bool
    """Whether an answer to a task without ``files`` may consist of several files."""
    companions: bool
    """Whether files in other languages belong to an answer, each under its own label with a path:
    what it reads while it is judged. Not where it could bring what it is to make."""
    tools: tuple[str, ...]
    """Names of the tools in the toolchain table without which it cannot score."""
    targets: frozenset[Target]
    """What checks of this format may look at."""

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        """Climb the ladder as far as it goes.

        Raises:
            sandbox.errors.*: a fault of ours.
        """
        ...
