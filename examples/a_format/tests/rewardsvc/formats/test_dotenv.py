"""`.env` files: what a line is, what stops the ladder, what is vacuous."""

import pytest

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats import FORMATS
from rewardsvc.types import Target
from rewardsvc.verification.verifier import Findings, Workbench

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def verify(text: str, workbench: Workbench) -> Findings:
    return await FORMATS["dotenv"].verifier.verify(
        Artifact((File(".env", "dotenv", text),)), workbench
    )


async def test_checks_see_names_and_values(workbench: Workbench) -> None:
    findings = await verify("# a comment\nA=b=c\n\nB=\n", workbench)
    assert findings.projections == {Target.DOCUMENTS: [{"A": "b=c", "B": ""}]}


@pytest.mark.parametrize("text", ["A\n", "A=b\nnot one\n", "1A=b\n", "=b\n"])
async def test_what_is_no_variable_stops_the_ladder(text: str, workbench: Workbench) -> None:
    findings = await verify(text, workbench)
    assert not findings.parsed and not findings.projections


@pytest.mark.parametrize("text", ["", "\n", "# A=b\n"])
async def test_what_sets_nothing_is_vacuous(text: str, workbench: Workbench) -> None:
    assert (await verify(text, workbench)).vacuous == "it sets nothing"
