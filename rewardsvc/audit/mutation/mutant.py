"""What a mutant is: a reference answer with one typed thing wrong, and where it is wrong."""

from dataclasses import dataclass
from enum import StrEnum

from rewardsvc.types import Check


class Kind(StrEnum):
    """What was done to the reference."""

    DROP_RESOURCE = "drop-resource"
    """A resource, document, service, job, stage, container or step is gone."""
    DROP_ATTRIBUTE = "drop-attribute"
    """An attribute, key, item of a list, instruction or flag is gone."""
    FLIP_BOOLEAN = "flip-boolean"
    """A switch is the other way round: true and false, Enabled and Disabled, Allow and Deny."""
    CHANGE_NUMBER = "change-number"
    CHANGE_PORT = "change-port"
    CHANGE_NAME = "change-name"
    """A name, path, version or another literal that is one word."""
    CHANGE_IMAGE = "change-image"
    """The tag of an image, or its name."""
    CHANGE_REGION = "change-region"
    CHANGE_CHOICE = "change-choice"
    """One of a few words that a field may hold became another: TCP, UDP."""
    BREAK_REFERENCE = "break-reference"
    """What pointed to something in the answer points nowhere."""
    SWAP_REFERENCES = "swap-references"
    """Two references have changed places, or one leads the other way: the dead-letter queue's
    messages go to the main queue."""
    OTHER_REFERENCE = "other-reference"
    """What pointed to something points to another thing of its kind in the answer."""
    WEAKEN_POLICY = "weaken-policy"
    """More is allowed, or to more people, than before."""
    ADD_ENTRY = "add-entry"
    """There is one more of what gives access or is reached: a subject, port, rule, statement."""


ALWAYS_COUNTED = frozenset(
    {
        Kind.DROP_RESOURCE,
        Kind.FLIP_BOOLEAN,
        Kind.BREAK_REFERENCE,
        Kind.SWAP_REFERENCES,
        Kind.OTHER_REFERENCE,
        Kind.WEAKEN_POLICY,
        Kind.ADD_ENTRY,
    }
)
"""Kinds that change the meaning whatever the instruction says (docs/mutation.md says why)."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One file of a reference with one thing wrong.

    ``line`` is 1-based; ``path`` names the place as the format does (``spec.replicas``); ``before``
    and ``after`` show what stood there, "" for ``after`` where it is gone.
    ``lost``: what of the reference is lost or changed, as texts that an instruction may name.
    ``vital``: that a switch, a reference or a step is lost with what is dropped.
    ``same``: for Terraform, checks that hold where the plan at the place is what it was.
    """

    kind: Kind
    line: int
    path: str
    before: str
    after: str
    text: str
    lost: tuple[str, ...]
    vital: bool = False
    same: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Mutant:
    """An edit of one file, and the completion that it gives. The fields are those of Edit."""

    kind: Kind
    file: str
    line: int
    path: str
    before: str
    after: str
    lost: tuple[str, ...]
    completion: str
    vital: bool = False
    same: tuple[Check, ...] = ()

    def __str__(self) -> str:
        change = f"{shown(self.before)} → {shown(self.after)}" if self.after else "gone"
        if not self.after and self.before:
            change = f"{shown(self.before)} gone"
        return f"{self.kind.value} {self.file}:{self.line} {self.path}: {change}"


def shown(text: str, characters: int = 60) -> str:
    """A text on one line and of bounded length."""
    line = " ".join(text.split())
    return line if len(line) <= characters else f"{line[: characters - 1]}…"
