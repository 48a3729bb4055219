"""Means: what the server lacks is no answer's fault, and what an answer lacks is its own choice."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
import pytest_asyncio

from rewardsvc.errors import InvalidRequest
from rewardsvc.local import LocalScorer
from rewardsvc.means import Inventory, Lack, LackKind, unmet
from rewardsvc.metrics import Metrics
from rewardsvc.pipeline import decide, prepare
from rewardsvc.reward import DEFAULT_WEIGHTS, rule_of
from rewardsvc.settings import Settings
from rewardsvc.types import (
    Check,
    Component,
    Components,
    FailureKind,
    Fault,
    Means,
    ScoreRequest,
    Stage,
    StageStatus,
    Status,
    Target,
    Task,
    Verdict,
)
from rewardsvc.verification.verifier import Findings, Workbench
from rewardsvc.wire.answers import Encoded
from sandbox.toolchain import Source, Tool, Toolchain
from tests.rewardsvc.test_pipeline import Reports, request

AWS = "registry.terraform.io/hashicorp/aws"
VALID_NONSENSE = 0.35


@pytest.fixture
def machine(tmp_path: Path) -> Toolchain:
    """AWS 5.100.0, the schema of RayCluster, and the library kfp."""
    crds, libraries = tmp_path / "crds", tmp_path / "libraries"
    for path in (crds / "raycluster_ray.io_v1.json", libraries / "kfp/dsl.py"):
        path.parent.mkdir(parents=True)
        path.touch()
    return Toolchain(
        tools={"python-libraries": Tool("python-libraries", "", Source.FETCHED, libraries)},
        digest="",
        providers={AWS: tmp_path / "aws"},
        provider_versions={AWS: "5.100.0"},
        crd_schemas=crds,
    )


_HERE: dict[str, Means] = {
    "nothing": Means(),
    "a provider": Means(providers={"aws": ()}),
    "its version": Means(providers={"aws": ("5.100.0",)}),
    "its address": Means(providers={"hashicorp/aws": ("5.100.0",), AWS: ("5.100.0",)}),
    "its address in another public registry": Means(
        providers={"registry.opentofu.org/hashicorp/aws": ("5.100.0",)}
    ),
    "a range of versions": Means(providers={"aws": ("~> 5.0", ">= 5.40, < 6.0")}),
    "what Terraform has built in": Means(providers={"terraform": ()}),
    "a kind": Means(crds=("ray.io/v1/RayCluster",)),
    "a library and a module of it": Means(libraries=("kfp", "kfp.dsl")),
}

_NOT_HERE: dict[str, tuple[Means, Lack]] = {
    "a provider": (
        Means(providers={"aws": ("5.100.0",), "random": ()}),
        Lack(LackKind.PROVIDER, "random"),
    ),
    "a version": (
        Means(providers={"aws": ("5.100.0", "6.2.0")}),
        Lack(LackKind.VERSION, "aws", "6.2.0", "5.100.0"),
    ),
    "a range of versions": (
        Means(providers={"aws": ("~> 4.0",)}),
        Lack(LackKind.VERSION, "aws", "~> 4.0", "5.100.0"),
    ),
    "a kind": (Means(crds=("ray.io/v1/RayJob",)), Lack(LackKind.CRD, "ray.io/v1/RayJob")),
    "a version of a kind": (
        Means(crds=("ray.io/v1alpha1/RayCluster",)),
        Lack(LackKind.CRD, "ray.io/v1alpha1/RayCluster"),
    ),
    "a library": (Means(libraries=("sagemaker",)), Lack(LackKind.LIBRARY, "sagemaker")),
    "a module of a library": (Means(libraries=("kfp.v2",)), Lack(LackKind.LIBRARY, "kfp.v2")),
    "a Terraform module": (
        Means(modules=("terraform-aws-modules/vpc/aws",)),
        Lack(LackKind.MODULE, "terraform-aws-modules/vpc/aws"),
    ),
}


@pytest.mark.parametrize("what", _HERE)
def test_a_server_has_what_is_installed(what: str, machine: Toolchain) -> None:
    assert unmet(_HERE[what], Inventory(machine)) == ()


@pytest.mark.parametrize("what", _NOT_HERE)
def test_a_server_lacks_what_is_not(what: str, machine: Toolchain) -> None:
    means, lack = _NOT_HERE[what]
    assert unmet(means, Inventory(machine)) == (lack,)


@pytest.mark.parametrize("what", _NOT_HERE)
def test_a_bare_machine_lacks_it_too(what: str) -> None:
    means, _ = _NOT_HERE[what]
    assert unmet(means, Inventory(Toolchain({}, "")))


@pytest.mark.parametrize(
    ("means", "field"),
    [
        (Means(providers={"aws": ("newest",)}), "task.means.providers.aws"),
        (Means(providers={"": ()}), "task.means.providers."),
        (Means(crds=("RayCluster",)), "task.means.crds[0]"),
        (Means(crds=("a/v1/B", "ray.io/v1/")), "task.means.crds[1]"),
        (Means(libraries=("../etc",)), "task.means.libraries[0]"),
    ],
)
def test_means_that_name_nothing_are_refused(means: Means, field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        prepare(_asked("", means))
    assert refused.value.field == field


def _asked(completion: str, means: Means | None, *checks: Check) -> ScoreRequest:
    asked = request(completion, *checks)
    return replace(asked, task=replace(asked.task, means=means))


# --- what a verifier reports, and what is made of it -------------------------------------------

FULL = (
    Stage("parse", Component.SYNTAX, StageStatus.PASSED, 1.0),
    Stage("lint", Component.FORMAT, StageStatus.PASSED, 1.0),
)
ANSWER = "```dockerfile\nFROM debian:12\n```\n"
LACKS = {kind: Lack(kind, "what nobody has", "1.0") for kind in LackKind}
KINDS = {
    LackKind.PROVIDER: FailureKind.PROVIDER_MISSING,
    LackKind.VERSION: FailureKind.PROVIDER_MISSING,
    LackKind.MODULE: FailureKind.TOOL_MISSING,
    LackKind.FACT: FailureKind.EMULATOR_FAILED,
    LackKind.CRD: FailureKind.TOOL_MISSING,
    LackKind.LIBRARY: FailureKind.TOOL_MISSING,
    LackKind.COLLECTION: FailureKind.TOOL_MISSING,
    LackKind.CRASH: FailureKind.TOOL_CRASHED,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench() -> AsyncIterator[Workbench]:
    async with LocalScorer(Settings.load(cache=False)) as scorer:
        yield scorer.workbench


async def _decided(findings: Findings, asked: ScoreRequest, bench: Workbench) -> Verdict:
    prepared = prepare(asked)
    reporting = replace(prepared, format=replace(prepared.format, verifier=Reports(findings)))
    return await decide(reporting, bench, DEFAULT_WEIGHTS)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("kind", LackKind)
async def test_without_means_what_is_lacking_is_the_answers_choice(
    kind: LackKind, bench: Workbench
) -> None:
    verdict = await _decided(Findings(FULL, lacking=(LACKS[kind],)), _asked(ANSWER, None), bench)
    assert (verdict.status, verdict.failure_kind) == (Status.UNSCORED, KINDS[kind])
    assert verdict.chosen
    assert "what nobody has" in verdict.failure_reason
    assert [stage.name for stage in verdict.stages] == ["fences", "parse", "lint"]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("kind", LackKind)
@pytest.mark.parametrize("holds", [True, False])
async def test_with_means_it_is_scored_like_what_is_off_task(
    kind: LackKind, holds: bool, bench: Workbench
) -> None:
    check = Check(on=Target.AST, expr="`true`" if holds else "`false`")
    findings = Findings(FULL, lacking=(LACKS[kind],), projections={Target.AST: {}})
    verdict = await _decided(findings, _asked(ANSWER, Means(), check), bench)
    assert (verdict.status, verdict.components) == (Status.SCORED, Components(0.5, 0.0, 0.5))
    assert verdict.reward == pytest.approx(VALID_NONSENSE)
    assert [each.code for stage in verdict.stages for each in stage.diagnostics] == ["means"]
    assert not verdict.chosen


@pytest.mark.asyncio(loop_scope="module")
async def test_what_is_overlooked_is_scored_without_means_and_capped_with_them(
    bench: Workbench,
) -> None:
    overlooked = Lack(LackKind.VERSION, "aws", "~> 4.0", "5.100.0", overlooked=True)
    findings = Findings(FULL, lacking=(overlooked,))
    without = await _decided(findings, _asked(ANSWER, None), bench)
    with_means = await _decided(findings, _asked(ANSWER, Means()), bench)
    assert without.reward == 1.0
    assert with_means.reward == pytest.approx(VALID_NONSENSE)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("means", [None, Means()])
@pytest.mark.parametrize("parsed", [True, False])
async def test_what_does_not_parse_or_makes_nothing_is_scored_whatever_it_asks_for(
    means: Means | None, parsed: bool, bench: Workbench
) -> None:
    findings = Findings(
        FULL, parsed=parsed, vacuous="nothing" if parsed else "", lacking=tuple(LACKS.values())
    )
    verdict = await _decided(findings, _asked(ANSWER, means), bench)
    assert verdict.status is Status.SCORED
    assert verdict.reward is not None and verdict.reward <= VALID_NONSENSE
    assert "means" not in {stage.name for stage in verdict.stages}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("completion", [ANSWER, "no file", "```dockerfile\nFROM (\n```\n"])
async def test_a_server_that_lacks_the_means_scores_no_completion_at_all(
    completion: str, bench: Workbench
) -> None:
    means = Means(providers={"acme/rocket": ("1.0.0",)})
    verdict = await decide(prepare(_asked(completion, means)), bench, DEFAULT_WEIGHTS)
    assert (verdict.status, verdict.failure_kind) == (
        Status.UNSCORED,
        FailureKind.PROVIDER_MISSING,
    )
    assert "acme/rocket" in verdict.failure_reason and "docs/toolchain.md" in verdict.failure_reason
    assert not verdict.chosen


# --- with the real verifiers -------------------------------------------------------------------

RAY = "apiVersion: ray.io/v1\nkind: RayCluster\nmetadata: {name: r}\nspec: {headGroupSpec: {}}\n"
LEANS: dict[str, tuple[str, str]] = {
    "a kind without a schema": ("kubernetes", f"```yaml\n{RAY}```\n"),
    "a library": ("python", "```python\nimport kfp\nkfp.Client().list_experiments()\n```\n"),
    "a library, guarded": (
        "python",
        "```python\ntry:\n    import kfp\nexcept ImportError:\n    pass\nprint(kfp.f())\n```\n",
    ),
    "a release of a library": ("python", "```python\nimport sagemaker.train as t\nt.f()\n```\n"),
}
BROKEN = {
    "kubernetes": f"```yaml\n{RAY}spec: [\n```\n",
    "python": "```python\nimport kfp\nkfp.Client(\n```\n",
}


@pytest.fixture
def bare(bench: Workbench) -> Workbench:
    """A machine without schemas of custom resources and without Python libraries."""
    tools = dict(bench.toolchain.tools)
    tools["python-libraries"] = replace(tools["python-libraries"], source=Source.MISSING, path=None)
    chain = replace(bench.toolchain, tools=MappingProxyType(tools), crd_schemas=None)
    return replace(bench, toolchain=chain)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("what", LEANS)
async def test_what_an_answer_leans_on_is_reported(what: str, bare: Workbench) -> None:
    format, completion = LEANS[what]
    task = Task(format=format)
    chosen, capped = [
        await decide(
            prepare(ScoreRequest(task=replace(task, means=means), completion=completion)),
            bare,
            DEFAULT_WEIGHTS,
        )
        for means in (None, Means())
    ]
    assert (chosen.status, chosen.chosen) == (Status.UNSCORED, True), chosen
    assert chosen.failure_kind is FailureKind.TOOL_MISSING
    assert capped.reward is not None and capped.reward <= VALID_NONSENSE, capped
    assert "means" in {each.code for stage in capped.stages for each in stage.diagnostics}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("format", BROKEN)
async def test_what_does_not_parse_is_scored_before_anything_is_looked_up(
    format: str, bare: Workbench
) -> None:
    asked = ScoreRequest(task=Task(format=format), completion=BROKEN[format])
    verdict = await decide(prepare(asked), bare, DEFAULT_WEIGHTS)
    assert verdict.components is not None
    assert verdict.components.syntax <= 0.1
    assert (verdict.components.correctness, verdict.components.format <= 0.5) == (0.0, True)


def test_what_an_answer_chose_is_counted_apart_from_faults() -> None:
    metrics = Metrics()
    fault = Verdict.unscored(
        "", Fault(FailureKind.PROVIDER_MISSING, "random"), rule_of(DEFAULT_WEIGHTS)
    )
    for verdict in (fault, replace(fault, chosen=True), replace(fault, chosen=True)):
        metrics.observe("terraform", Encoded.of(verdict), 0.1)
    counted = {
        chosen: line.rpartition(" ")[2]
        for line in metrics.exposition().decode().splitlines()
        if line.startswith("assay_verdicts_total{")
        for chosen in ("true", "false")
        if f'chosen="{chosen}"' in line
    }
    assert counted == {"true": "2.0", "false": "1.0"}
