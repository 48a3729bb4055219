"""Witnesses: small good answers that show whether a format's tools are well.

A tool that fails on an answer says nothing of it, and leaves it UNSCORED; but an answer could be
written to make it fail. So on a task with means, where no answer may choose that, one on which the
tools fail is held against a witness and tried again, in turn: where they fail on it each time and
never on the witness, the answer brought it about. Without means, and where the witness fails too,
it is a fault of ours as ever. As tools may break by chance, nothing of it is kept.
"""

from rewardsvc.artifact import Artifact, File
from rewardsvc.faults import Broken, classified
from rewardsvc.format import Format
from rewardsvc.types import FailureKind, Fault
from rewardsvc.verification.verifier import Findings, Workbench
from sandbox.lack import Lack, LackKind

ATTEMPTS = 3
"""Tools that break on every tenth run, whatever the answer, fail on one answer alone so often once
in a thousand times; what breaks more often breaks on the witnesses too."""

_OURS = frozenset(
    {FailureKind.TOOL_MISSING, FailureKind.PROVIDER_MISSING, FailureKind.TIMED_OUT_BY_US}
)
"""What no answer brings about: what is not installed, and time that the machine did not have."""


def witness_of(format: Format) -> Artifact | None:
    """The witness of a format, None where it has none."""
    if not format.witness:
        return None
    verifier, given = format.verifier, format.witness
    texts = {verifier.default_path: given} if isinstance(given, str) else given
    label = min(verifier.languages)
    return Artifact(tuple(File(path, label, text) for path, text in texts.items()))


async def verified(
    format: Format, artifact: Artifact, workbench: Workbench, *, bound: bool
) -> Findings:
    """What the verifier of a format finds out; ``bound``: whether the task has means.

    Raises:
        whatever the verifier raises, where the answer did not bring it about.
    """
    if not bound:
        return await format.verifier.verify(artifact, workbench)
    broken: Broken
    for _ in range(ATTEMPTS):
        with classified() as broken:
            return await format.verifier.verify(artifact, workbench)
        bounds = isinstance(broken.error, RecursionError | MemoryError)
        if bounds or broken.fault.kind in _OURS or not await _is_well(format, workbench):
            break
    else:
        return Findings((), lacking=(_brought_about(broken.fault),))
    assert broken.error is not None  # it returned otherwise
    raise broken.error


async def _is_well(format: Format, workbench: Workbench) -> bool:
    """Whether the witness of the format goes through."""
    witness = witness_of(format)
    if witness is None:
        return False
    with classified():
        return (await format.verifier.verify(witness, workbench)).fault is None
    return False


def _brought_about(fault: Fault) -> Lack:
    return Lack(LackKind.CRASH, "tools that do not fail on it", f"{fault.kind}: {fault.reason}")
