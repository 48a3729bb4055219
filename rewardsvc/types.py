"""The words of the project as types: task, check, request, stage, verdict.

Plain frozen dataclasses; ``rewardsvc.wire`` converts them to and from JSON and protobuf. The
names are those of ``protos/assay/reward/v1/reward.proto``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any, Final, Literal

from pydantic import ConfigDict

JsonValue = Any
"""None, bool, int, float, str, or a list or dict (str keys) of these."""


class Absent(Enum):
    """The type of :data:`ABSENT`, which tells "no expectation" from "expects null"."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


class CheckKind(StrEnum):
    """What a check is written in: a language, a word of a vocabulary, or a measure."""

    JMESPATH = "jmespath"
    REGO = "rego"
    NAMED = "named"
    GRADED = "graded"


class Target(StrEnum):
    """What a check looks at."""

    PLAN = "plan"
    """Terraform's ``show -json`` of the plan."""
    CONFIG = "config"
    """The parsed HCL."""
    DOCUMENTS = "documents"
    """A list of the parsed YAML (1.2 core) or JSON documents that a schema accepted."""
    AST = "ast"
    """The parsed file, in a shape that the verifier of the format documents."""


_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One assertion about an artifact. Without ``expect`` the value must be exactly true.

    kind jmespath: ``expr`` is the expression. kind rego: ``policy`` is a module, and either
    ``expr`` is the query or ``rules`` names rules of that module that must all be true. kind named:
    ``name`` is a word of the format's vocabulary (:mod:`rewardsvc.checks.named`) with its
    ``arguments``. kind graded: ``measure`` is one of the format's, with its ``arguments``; its
    value in [0, 1] is how far the answer agrees with the task's truth.

    ``on`` is None for the last two, which know themselves what they look at.
    """

    __pydantic_config__ = _STRICT

    kind: CheckKind = CheckKind.JMESPATH
    on: Target | None = None
    expr: str = ""
    policy: str = ""
    rules: tuple[str, ...] = ()
    expect: JsonValue = ABSENT
    name: str = ""
    arguments: Mapping[str, JsonValue] = field(default_factory=dict)
    measure: str = ""
    weight: float = 1.0
    description: str = ""

    @property
    def target(self) -> Target:
        """What a check in a language looks at.

        Raises:
            ValueError: it is of a kind that does not say.
        """
        if self.on is None:
            raise ValueError(f"a {self.kind.value} check does not say what it looks at")
        return self.on


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a server must have to score a task; nothing, where all are empty.

    ``providers``: Terraform providers by name (``aws``) or address, each with its versions (any
    where empty). ``crds``: kinds of custom resources (``ray.io/v1/RayCluster``). ``libraries``:
    Python's, by the name that is imported. ``modules``: Terraform's, as their source is written.
    """

    __pydantic_config__ = _STRICT

    providers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    crds: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixture:
    """One thing to run an answer on, ``files`` (path to text) or ``sql``, and what must hold."""

    __pydantic_config__ = _STRICT

    files: Mapping[str, str] = field(default_factory=dict)
    sql: str = ""
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is asked for. ``files`` names the files asked for when there are several.

    ``reference`` is an answer that is known to be right (a completion), "" where none is known;
    only a judge looks at it. ``means`` is what the server must have: where given, an answer that
    leans on what is neither named there nor installed is SCORED low; where None, it is UNSCORED
    and ``chosen``. ``truth`` is what graded checks compare with. ``before`` (path to text) is what
    stood before an edit. ``fixtures`` are what an answer is run on, each in turn; the lowest score
    counts. No model is shown truth or fixtures.
    """

    __pydantic_config__ = _STRICT

    category: str = ""
    format: str
    instruction: str = ""
    input: str = ""
    files: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    reference: str = ""
    means: Means | None = None
    truth: JsonValue = None
    before: Mapping[str, str] = field(default_factory=dict)
    fixtures: tuple[Fixture, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRequest:
    """One completion (the model's raw text) of one task."""

    __pydantic_config__ = _STRICT

    id: str = ""
    task: Task
    completion: str


class Component(StrEnum):
    """The three parts of a reward."""

    SYNTAX = "syntax"
    CORRECTNESS = "correctness"
    FORMAT = "format"


class StageStatus(StrEnum):
    """How a stage came out."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding of a tool. ``line`` is 1-based, 0 where the tool names none.

    ``places``: its own as (file, document, way into it …) and those of what it is held against;
    () where nobody knows. They stay where the verdict is made
    (:mod:`rewardsvc.verification.once`) and are no part of what is said.
    """

    severity: Literal["error", "warning", "info"]
    message: str
    code: str = ""
    file: str = ""
    line: int = 0
    places: tuple[tuple[str | int, ...], ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Stage:
    """One rung of a verifier's ladder; ``score`` in [0, 1]."""

    name: str
    component: Component
    status: StageStatus
    score: float
    seconds: float = 0.0
    diagnostics: tuple[Diagnostic, ...] = ()


class Status(StrEnum):
    """Whether there is a reward."""

    SCORED = "SCORED"
    UNSCORED = "UNSCORED"


class FailureKind(StrEnum):
    """Why there is no reward: each a fault of ours, none of the completion's."""

    TOOL_MISSING = "TOOL_MISSING"
    PROVIDER_MISSING = "PROVIDER_MISSING"
    TOOL_CRASHED = "TOOL_CRASHED"
    SANDBOX_FAILED = "SANDBOX_FAILED"
    TIMED_OUT_BY_US = "TIMED_OUT_BY_US"
    EMULATOR_FAILED = "EMULATOR_FAILED"
    JUDGE_FAILED = "JUDGE_FAILED"
    OVERLOADED = "OVERLOADED"
    CANCELLED = "CANCELLED"
    INTERNAL = "INTERNAL"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of ours, on its way into an UNSCORED verdict."""

    kind: FailureKind
    reason: str


@dataclass(frozen=True, slots=True)
class Components:
    """The parts of a reward, or their weights; each in [0, 1]."""

    syntax: float
    correctness: float
    format: float


@dataclass(frozen=True, slots=True)
class Rule:
    """Which rule made a reward, and with which weights."""

    version: str
    weights: Components


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer: SCORED with a reward and its parts, or UNSCORED with the fault.

    ``chosen``: UNSCORED because the answer, on a task without means, leans on what is not
    installed: its own choice, and counted apart from faults.
    """

    id: str
    status: Status
    reward: float | None
    components: Components | None
    stages: tuple[Stage, ...]
    failure_kind: FailureKind | None
    failure_reason: str
    toolchain: str
    rule: Rule
    cached: bool = False
    chosen: bool = False

    @classmethod
    def unscored(cls, id: str, fault: Fault, rule: Rule, *, toolchain: str = "") -> "Verdict":
        """The verdict for a fault of ours; ``toolchain`` is "" where none was asked."""
        return cls(
            id=id,
            status=Status.UNSCORED,
            reward=None,
            components=None,
            stages=(),
            failure_kind=fault.kind,
            failure_reason=fault.reason,
            toolchain=toolchain,
            rule=rule,
        )
