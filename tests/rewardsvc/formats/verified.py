"""One YAML file through its format's verifier, and what that says of its references."""

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats import FORMATS
from rewardsvc.types import StageStatus
from rewardsvc.verification.verifier import Findings, Workbench


async def verified(format_name: str, text: str, workbench: Workbench) -> Findings:
    """What the verifier finds of one file."""
    verifier = FORMATS[format_name].verifier
    return await verifier.verify(Artifact((File(verifier.default_path, "yaml", text),)), workbench)


def assert_references(findings: Findings, says: str | None) -> None:
    """The references are as they should be, or a message says what is wrong."""
    stage = next(stage for stage in findings.stages if stage.name == "references")
    messages = [found.message for one in findings.stages for found in one.diagnostics]
    assert stage.status is (StageStatus.PASSED if says is None else StageStatus.FAILED), messages
    if says is not None:
        assert any(says in message for message in messages), messages
