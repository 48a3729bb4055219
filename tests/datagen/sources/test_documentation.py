"""The documentation teacher: examples become configurations, those topics, and those tasks."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from datagen.cli import main
from datagen.curation import Splitting
from datagen.errors import SourceMissing
from datagen.execution import LocalExecutor
from datagen.journal import Journal
from datagen.outputs import rows_of
from datagen.phrasing import unsaid
from datagen.pipeline.curating import Curation, curated
from datagen.sources.documentation import DocumentedSource, DocumentedType, documented
from datagen.sources.documentation.building import Builder
from datagen.sources.documentation.checking import pins_of
from datagen.sources.documentation.completion import Completion, Configuration, Unfit
from datagen.sources.documentation.fallbacks import options_in
from datagen.sources.documentation.learnt import Learnt
from datagen.sources.documentation.lint import silly_signs
from datagen.sources.documentation.pages import PageBlock, Pages, TypePage, read_pages
from datagen.sources.documentation.program import read_example
from datagen.sources.documentation.rendering import Setting, hcl
from datagen.sources.documentation.repair import repaired
from datagen.sources.documentation.store import (
    KeptStrengths,
    TopicEntry,
    TopicState,
    TopicStore,
)
from datagen.sources.documentation.topics import Built, from_row, to_row, topic_of
from datagen.sources.documentation.values import JsonText, Name, Ref, WrittenResource
from datagen.sources.documentation.variation import other_numbers
from datagen.sources.documentation.version import digest_of
from datagen.sources.documentation.wording import article, kind_of
from datagen.stages.strength import MutationGate
from rewardsvc.audit.mutation.strength import Strength
from rewardsvc.errors import CannotServe
from rewardsvc.scorer import open_scorer
from rewardsvc.settings import Settings
from rewardsvc.types import Diagnostic, FailureKind, ScoreRequest, Verdict
from sandbox.toolchain import discover
from sandbox.toolchain.documentation.folder import write
from tests.datagen.faults import FaultyScorer, scored, unscored
from tests.needs import lacks

QUEUE = """
import pulumi
import json
import pulumi_aws as aws

example = aws.sqs.Queue("example",
    name="example-queue",
    delay_seconds=90,
    kms_master_key_id=example_aws_kms_key["arn"],
    policy=json.dumps({"Version": "2012-10-17", "Statement": []}))
"""
TARGET = """
import pulumi_aws as aws

jobs = aws.sqs.Queue("jobs", name="my-jobs")
policy = aws.sqs.QueuePolicy("policy",
    queue_url=jobs.id,
    policy=aws.iam.get_policy_document(statements=[{
        "effect": "Allow",
        "principals": [{"type": "Service", "identifiers": ["sns.amazonaws.com"]}],
        "actions": ["sqs:SendMessage"],
        "resources": ["*"],
    }]).json)
"""
_STRING = {"type": "string"}


def _row(
    type: str, cls: str, examples: list[str], attributes: dict[str, object]
) -> dict[str, object]:
    return {
        "type": type,
        "class": cls,
        "introduction": "Provides a resource.",
        "arguments": {"delay_seconds": "Delay. An integer from 0 to 900 (15 minutes)."},
        "examples": examples,
        "schema": {"attributes": attributes},
    }


ROWS = [
    _row(
        "aws_sqs_queue",
        "sqs.Queue",
        [QUEUE],
        {
            "arn": {**_STRING, "computed": True},
            "id": {**_STRING, "optional": True, "computed": True},
            "delay_seconds": {"type": "number", "optional": True},
            "kms_master_key_id": {**_STRING, "optional": True},
            "name": {**_STRING, "optional": True, "computed": True},
            "policy": {**_STRING, "optional": True},
        },
    ),
    _row(
        "aws_sqs_queue_policy",
        "sqs.QueuePolicy",
        [TARGET],
        {
            "id": {**_STRING, "optional": True, "computed": True},
            "policy": {**_STRING, "required": True},
            "queue_url": {**_STRING, "required": True},
        },
    ),
    _row(
        "aws_kms_key",
        "kms.Key",
        [],
        {
            "arn": {**_STRING, "computed": True},
            "description": {**_STRING, "optional": True},
        },
    ),
    _row("aws_sqs_secret", "sqs.Secret", [], {"password": {**_STRING, "required": True}}),
]


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of tools with a little documentation, in set-up's form."""
    folder = tmp_path_factory.mktemp("tools")
    (folder / "documentation").mkdir()
    head = {
        "reader": 1,
        "sha256": "0" * 64,
        "provider": "hashicorp/aws 5.100.0",
        "distribution": "client 1",
        "licences": "none",
    }
    write(folder / "documentation" / "aws.json.gz", head, ROWS)
    return folder


@pytest.fixture(scope="module")
def pages(tools: Path) -> Pages:
    return read_pages(tools)


def completed(pages: Pages, type: str) -> Configuration:
    page = pages.pages[type]
    return Completion(pages, Learnt.of(pages), page).configuration(page.examples[0])


def test_an_example_is_read_without_being_run(pages: Pages) -> None:
    queue, policy = read_example(TARGET, pages.types)

    assert queue.body == {"name": "my-jobs"}
    assert policy.body["queue_url"] == Ref("aws_sqs_queue", "jobs", "id")
    written = policy.body["policy"]
    assert isinstance(written, JsonText)
    assert isinstance(written.value, dict)
    assert written.value["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": "*",
        }
    ]


def test_what_an_example_leaves_open_is_there_and_its_names_mean_something(pages: Pages) -> None:
    found = completed(pages, "aws_sqs_queue")
    text = hcl(found, Setting(), pages.pages)

    assert [each.type for each in found.resources] == ["aws_kms_key", "aws_sqs_queue"]
    assert "kms_master_key_id = aws_kms_key.main.arn" in text
    assert 'name              = "orders-prod-jobs"' in text
    assert "example" not in text
    assert not silly_signs(found, pages.pages)


def test_a_type_that_needs_a_secret_is_unfit(pages: Pages) -> None:
    page = pages.pages["aws_sqs_secret"]

    with pytest.raises(Unfit, match="needs a secret, password"):
        Completion(pages, Learnt.of(pages), page).configuration("")


def test_what_the_tools_say_mends_a_configuration(pages: Pages) -> None:
    page = pages.pages["aws_sqs_queue"]
    completion = Completion(pages, Learnt.of(pages), page)
    found = completion.configuration(page.examples[0])
    text = hcl(found, Setting(), pages.pages)
    line = 1 + next(n for n, each in enumerate(text.split("\n")) if "delay_seconds" in each)
    said = Diagnostic("error", "delay_seconds is not supported for queues like it", line=line)

    mended = repaired(found, text, [said], completion, pages)

    assert mended is not None
    assert "delay_seconds" not in hcl(mended, Setting(), pages.pages)
    assert (
        repaired(found, text, [Diagnostic("error", "a matter of no line")], completion, pages)
        is None
    )


@pytest.mark.parametrize(
    ("resources", "sign"),
    [
        ([WrittenResource("aws_sqs_queue", "a", {"name": "my-example"})], "documentation's words"),
        ([WrittenResource("aws_sqs_queue", "a", {})], "is empty"),
        (
            [
                WrittenResource("aws_kms_key", "main", {}, companion=True),
                WrittenResource("aws_sqs_queue", "a", {"name": "jobs"}),
            ],
            "nothing refers to aws_kms_key.main",
        ),
        (
            [WrittenResource("aws_sqs_queue", "a", {"name": "arn:aws:iam::123456789012:role/x"})],
            "invented ARN",
        ),
        (
            [WrittenResource("aws_sqs_queue", label, {"name": "jobs"}) for label in "ab"],
            "the same aws_sqs_queue twice",
        ),
    ],
)
def test_what_nobody_would_ask_for_is_told(
    resources: list[WrittenResource], sign: str, pages: Pages
) -> None:
    signs = silly_signs(Configuration(tuple(resources)), pages.pages)

    assert any(sign in each for each in signs)


def test_numbers_stay_within_what_the_text_allows() -> None:
    assert all(1 <= each <= 900 for each in other_numbers("delay_seconds", 90, "from 0 to 900"))
    assert other_numbers("from_port", 80, "") == []
    assert options_in("Valid values are `EC2`, `FARGATE` and `EXTERNAL`.") == [
        "EC2", "FARGATE", "EXTERNAL",
    ]  # fmt: skip


def test_the_instruction_says_every_value_that_is_checked(pages: Pages) -> None:
    built = Built("aws_sqs_queue", 0, completed(pages, "aws_sqs_queue"))
    topic = topic_of(from_row(json.loads(json.dumps(to_row(built)))), pages.pages)

    for seed in range(12):  # every voice
        spec = topic.sample(Random(seed))
        posed = topic.pose("terraform", spec, Random(seed))
        assert not unsaid(posed.brief, posed.task.instruction)
        assert "aws_sqs_queue" in posed.task.instruction
        pinned = {each.expr for each in posed.task.checks}
        assert any("expressions.kms_master_key_id.references" in expr for expr in pinned)
        assert any(each.expect == f"{spec.project}-{spec.stage}-jobs" for each in posed.task.checks)


def test_resources_of_one_type_are_told_apart_by_what_they_are_called(pages: Pages) -> None:
    two = tuple(
        WrittenResource(
            "aws_sqs_queue", label, {"name": Name("", "kebab", f"-{label}"), "delay_seconds": 5}
        )
        for label in ("jobs", "dlq")
    )
    pins = pins_of(Configuration(two), Setting())

    assert all(
        f"values.name=='orders-prod-{each.label}'" in pin.check.expr
        for each in two
        for pin in pins[each.address]
        if pin.argument
    )


def test_a_service_is_on_one_side_and_records_say_so(tools: Path, pages: Pages) -> None:
    store = TopicStore(tools, digest_of(pages))
    built = Built("aws_sqs_queue", 0, completed(pages, "aws_sqs_queue"))
    store.keep(TopicEntry("aws_sqs_queue", TopicState.ACCEPTED, "", 4, built))
    store.keep(TopicEntry("aws_sqs_secret", TopicState.REFUSED, "a secret", 1))

    (only,) = documented(tools)
    records = [DocumentedSource(only, 1).record(index) for index in range(3)]

    assert {each.provenance["service"] for each in records if each} == {"sqs"}
    assert len({each.id for each in records if each}) == 3


def test_pages_that_are_cut_off_are_missing(tools: Path, tmp_path: Path) -> None:
    whole = (tools / "documentation" / "aws.json.gz").read_bytes()
    (tmp_path / "documentation").mkdir()
    (tmp_path / "documentation" / "aws.json.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceMissing, match="make setup"):
        read_pages(tmp_path)


@pytest.mark.parametrize(("service", "tested"), [("kms", True), ("sqs", False)])
def test_a_run_keeps_a_service_on_its_side_whatever_its_shares(
    pages: Pages, service: str, tested: bool
) -> None:
    topic = topic_of(Built("aws_sqs_queue", 0, completed(pages, "aws_sqs_queue")), pages.pages)
    source = DocumentedSource(DocumentedType("aws_sqs_queue", service, topic), 1)
    records = [record for index in range(8) if (record := source.record(index)) is not None]
    taken = ((record, place) for place, record in enumerate(records))
    rows = list(rows_of(taken, teacher="docs", seed=1))
    stays = curated([rows], [8], Curation(split=Splitting(validation=0, test=0.5)), None)
    assert {row.split for row in stays.rows} == {"test" if tested else "train"}
    assert {row.split for row in rows} == {row.split for row in stays.rows}  # as without curation


def test_without_documentation_it_says_what_brings_it(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match="make setup"):
        documented(tmp_path)

    done = CliRunner().invoke(
        main,
        ["synth", "--category", "terraform", "--teacher", "docs", "--out", str(tmp_path / "out")],
        env={"ASSAY_TOOLS": str(tmp_path)},
    )
    assert done.exit_code != 0
    assert "make setup" in done.output
    assert "the same command" not in done.output  # it would only say so again


async def test_checks_of_a_topic_are_tested_once_on_a_machine(pages: Pages, tmp_path: Path) -> None:
    """Whatever the folder and the seed: the same tasks are tested for all of them."""
    topic = topic_of(Built("aws_sqs_queue", 0, completed(pages, "aws_sqs_queue")), pages.pages)
    scorer = FaultyScorer(lambda request, _: scored(request, 0.5))

    async def run(folder: str, seed: int, code: str = "one") -> tuple[list[Strength], int]:
        source = DocumentedSource(DocumentedType("aws_sqs_queue", "sqs", topic), seed)
        records = [record for index in range(3) if (record := source.record(index))]
        before = sum(scorer.asked.values())
        with Journal(tmp_path / folder, {"seed": seed}) as journal:
            gate = MutationGate(scorer, [source.standing_for])
            executor = LocalExecutor(
                [[gate]],
                journal,
                concurrency=2,
                decided=lambda _: None,
                shared={gate.name: KeptStrengths(tmp_path / "tools", code)},
            )
            answered = [replace(each, completion=each.reference) for each in records]
            assert all(each.outcome.final for each in await executor.carry(answered))
            recalled = map(executor.recalled, answered)
            found = [each.result(Strength) for each in recalled]
        assert len({each.task.instruction for each in records}) == 3
        return [each for each in found if each], sum(scorer.asked.values()) - before

    first, asked = await run("a", seed=1)
    assert asked > 0 and len(first) == 3
    again, more = await run("b", seed=2)
    assert (again, more) == (first, 0)
    _, other = await run("c", seed=2, code="two")
    assert other == asked, "other code finds something else"


def test_a_folder_of_tools_that_cannot_be_written_has_checks_tested_again(tmp_path: Path) -> None:
    (tmp_path / "documentation").write_text("a file where a folder would be")
    kept = KeptStrengths(tmp_path, "one")
    kept.keep("key", "{}")
    assert kept.result("key") is None


async def test_what_ends_the_building_comes_out_as_it_is(pages: Pages) -> None:
    def gone(request: ScoreRequest, _: int) -> Verdict:
        raise CannotServe("no sandbox")

    with pytest.raises(CannotServe, match="no sandbox"):
        await Builder(pages, FaultyScorer(gone)).build(
            ["aws_sqs_queue", "aws_sqs_queue_policy"], lambda *_: None, concurrency=2
        )


def test_a_table_of_types_that_could_not_be_planned_is_no_success(
    tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(request: ScoreRequest, _: int) -> Verdict:
        return unscored(request, FailureKind.SANDBOX_FAILED, "no cgroup")

    monkeypatch.setattr("datagen.documented.open_scorer", lambda *_: FaultyScorer(broken))
    command = ["topics", "--teacher", "docs", "--types", "aws_sqs_queue_policy"]
    done = CliRunner().invoke(main, command, env={"ASSAY_TOOLS": str(tools)})
    assert done.exit_code == 1
    assert "aws_sqs_queue_policy\tunscored\tno cgroup" in done.stdout
    assert "none of 1 types could be planned" in done.stderr


def test_a_topic_is_built_with_real_plans(pages: Pages) -> None:
    settings = Settings.load()
    found = discover(settings.tools, settings.terraform_mirror)
    if "registry.terraform.io/hashicorp/aws" not in found.providers:
        lacks("terraform", "terraform or its AWS provider is not on this machine")

    async def build() -> TopicEntry:
        async with open_scorer(settings) as scorer:
            return await Builder(pages, scorer).entry("aws_sqs_queue_policy")

    entry = asyncio.run(build())

    assert entry.state is TopicState.ACCEPTED, entry.reason
    assert entry.built is not None
    assert not entry.built.unheld
    assert {each.type for each in entry.built.configuration.resources} == {
        "aws_sqs_queue", "aws_sqs_queue_policy",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("type", "introduction", "kind"),
    [
        ("aws_ecs_service", "Provides an ECS service - effectively a task.", "an ECS service"),
        ("aws_kendra_faq", "Resource for managing an AWS Kendra FAQ.", "an AWS Kendra FAQ"),
        ("aws_x_data_set", "Provides a resource to manage AWS X DataSets.", "an AWS X DataSet"),
        ("aws_lb_thing", "Provides the ability to register.", "an AWS load balancer thing"),
        ("aws_guardduty_member", "", "an AWS GuardDuty member"),
    ],
)
def test_a_type_is_called_what_its_page_calls_it(type: str, introduction: str, kind: str) -> None:
    page = TypePage(type, "", introduction, {}, (), PageBlock({}, {}))

    assert article(kind_of(page)) == kind
