"""The wire: what goes through JSON or protobuf comes back the same, or is refused by name."""

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from assay.reward.v1 import reward_pb2 as pb
from hypothesis import given
from hypothesis import strategies as st

from rewardsvc.errors import InvalidRequest
from rewardsvc.types import (
    ABSENT,
    Check,
    CheckKind,
    Component,
    Components,
    Diagnostic,
    FailureKind,
    Fixture,
    Means,
    Rule,
    ScoreRequest,
    Stage,
    StageStatus,
    Status,
    Target,
    Task,
    Verdict,
)
from rewardsvc.wire.answers import (
    answer_of,
    cached_message,
    fingerprint,
    stream_answer,
    verdict_of,
)
from rewardsvc.wire.json import (
    check_to_json,
    request_from_json,
    request_to_json,
    verdict_from_json,
    verdict_to_json,
)
from rewardsvc.wire.protobuf import (
    request_from_proto,
    request_to_proto,
    verdict_from_proto,
    verdict_to_proto,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SHARE = st.floats(0, 1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
TEXTS = st.dictionaries(TEXT, TEXT, max_size=2)
NAMES = st.lists(TEXT, max_size=2).map(tuple)
LANGUAGES = [CheckKind.JMESPATH, CheckKind.REGO]
CHECKS = st.builds(
    Check,
    kind=st.sampled_from(LANGUAGES),
    on=st.sampled_from(Target),
    expr=TEXT,
    policy=TEXT,
    expect=st.just(ABSENT) | JSON,
    weight=st.floats(0.001, 1000),
    description=TEXT,
)
CHECKS |= st.builds(
    Check,
    kind=st.sampled_from([CheckKind.NAMED, CheckKind.GRADED]),
    name=TEXT,
    arguments=st.dictionaries(TEXT, JSON, max_size=2),
    measure=TEXT,
)
MEANS = st.builds(
    Means,
    providers=st.dictionaries(TEXT, NAMES, max_size=2),
    crds=NAMES,
    libraries=NAMES,
    modules=NAMES,
)
FIXTURES = st.builds(Fixture, files=TEXTS, sql=TEXT, checks=st.lists(CHECKS, max_size=1).map(tuple))
REQUESTS = st.builds(
    ScoreRequest,
    id=TEXT,
    task=st.builds(
        Task,
        category=TEXT,
        format=TEXT,
        instruction=TEXT,
        input=TEXT,
        files=st.lists(TEXT, max_size=3).map(tuple),
        checks=st.lists(CHECKS, max_size=3).map(tuple),
        means=st.none() | MEANS,
        truth=JSON,
        before=TEXTS,
        fixtures=st.lists(FIXTURES, max_size=2).map(tuple),
    ),
    completion=TEXT,
)
STAGES = st.builds(
    Stage,
    name=TEXT,
    component=st.sampled_from(Component),
    status=st.sampled_from(StageStatus),
    score=SHARE,
    seconds=st.floats(0, 100),
    diagnostics=st.lists(
        st.builds(
            Diagnostic,
            severity=st.sampled_from(["error", "warning", "info"]),
            message=TEXT,
            code=TEXT,
            file=TEXT,
            line=st.integers(0, 2**31 - 1),
        ),
        max_size=2,
    ).map(tuple),
)
COMPONENTS = st.builds(Components, SHARE, SHARE, SHARE)
SCORED = st.builds(
    Verdict,
    id=TEXT,
    status=st.just(Status.SCORED),
    reward=SHARE,
    components=COMPONENTS,
    stages=st.lists(STAGES, max_size=3).map(tuple),
    failure_kind=st.none(),
    failure_reason=st.just(""),
    toolchain=TEXT,
    rule=st.builds(Rule, TEXT, COMPONENTS),
    cached=st.booleans(),
)
UNSCORED = st.builds(
    Verdict,
    id=TEXT,
    status=st.just(Status.UNSCORED),
    reward=st.none(),
    components=st.none(),
    stages=st.lists(STAGES, max_size=3).map(tuple),
    failure_kind=st.sampled_from(FailureKind),
    failure_reason=TEXT,
    toolchain=TEXT,
    rule=st.builds(Rule, TEXT, COMPONENTS),
    chosen=st.booleans(),
)


@given(REQUESTS)
def test_a_request_survives_json(request: ScoreRequest) -> None:
    assert request_from_json(json.dumps(request_to_json(request))) == request


@given(REQUESTS)
def test_a_request_survives_protobuf_bytes(request: ScoreRequest) -> None:
    data = request_to_proto(request).SerializeToString()
    assert request_from_proto(pb.ScoreRequest.FromString(data)) == request


def test_a_number_that_counts_survives_protobuf_as_one() -> None:
    check = Check(
        kind=CheckKind.NAMED,
        name="kind_count",
        arguments={"kind": "Deployment", "count": 2, "deep": [{"half": 0.5, "whole": -(2**53)}]},
        expect=3,
    )
    request = ScoreRequest(task=Task(format="kubernetes", checks=(check,)), completion="")
    read = request_from_proto(request_to_proto(request)).task.checks[0]
    # As text, for 2 == 2.0.
    assert json.dumps(read.arguments, sort_keys=True) == json.dumps(check.arguments, sort_keys=True)
    assert json.dumps(read.expect) == "3"


@given(SCORED | UNSCORED)
def test_a_verdict_survives_json_and_protobuf(verdict: Verdict) -> None:
    assert verdict_from_json(json.dumps(verdict_to_json(verdict), allow_nan=False)) == verdict
    data = verdict_to_proto(verdict).SerializeToString()
    assert verdict_from_proto(pb.Verdict.FromString(data)) == verdict


@given(SCORED, TEXT)
def test_an_answer_of_kept_bytes_is_the_verdict_under_another_id(verdict: Verdict, id: str) -> None:
    wanted = replace(verdict, id=id, cached=True)
    answer = answer_of(cached_message(verdict), id)
    assert verdict_from_proto(pb.Verdict.FromString(answer)) == wanted
    response = pb.ScoreStreamResponse.FromString(stream_answer(answer, id))
    assert (response.id, verdict_from_proto(response.verdict)) == (id, wanted)
    assert verdict_of(cached_message(verdict), id) == replace(wanted, cached=False)


@given(REQUESTS, REQUESTS, TEXT)
def test_a_fingerprint_is_that_of_task_and_completion(
    one: ScoreRequest, other: ScoreRequest, id: str
) -> None:
    def of(request: ScoreRequest) -> bytes:
        return fingerprint(request_to_proto(request))

    assert of(one) == of(replace(one, id=id))
    assert (of(one) == of(other)) == (replace(one, id="") == replace(other, id=""))
    assert of(one) != of(replace(one, completion=one.completion + "x"))


@given(SCORED | UNSCORED)
def test_every_key_of_a_verdict_is_always_there(verdict: Verdict) -> None:
    data = verdict_to_json(verdict)
    assert list(data) == [
        *("id", "status", "reward", "components", "stages", "failure_kind"),
        *("failure_reason", "chosen", "toolchain", "rule", "cached"),
    ]
    assert (data["reward"] is None) == (data["components"] is None)
    assert (data["reward"] is None) == (data["failure_kind"] != "")


@pytest.mark.parametrize("expect", [ABSENT, None, True, 1, 0, "", [], {}, [None]])
def test_no_expectation_is_not_an_expected_null(expect: Any) -> None:
    check = Check(on=Target.PLAN, expr="a", expect=expect)
    request = ScoreRequest(task=Task(format="terraform", checks=(check,)), completion="")
    assert ("expect" in check_to_json(check)) == (expect is not ABSENT)
    for back in (
        request_from_json(json.dumps(request_to_json(request))),
        request_from_proto(request_to_proto(request)),
    ):
        found = back.task.checks[0].expect
        assert (found is ABSENT) == (expect is ABSENT)
        assert found == expect
        assert isinstance(found, bool) == isinstance(expect, bool)


def _line(check: str = '{"on": "plan", "expr": "a"}', completion: str = '""') -> str:
    return f'{{"task": {{"format": "x", "checks": [{check}]}}, "completion": {completion}}}'


def _task(more: str) -> str:
    return f'{{"task": {{"format": "x", {more}}}, "completion": ""}}'


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("", "request"),
        ("{", "request"),
        ("[]", "request"),
        (b'{"id": "\xff"}', "request"),
        ("[" * 100_000, "request"),
        ('{"completion": ""}', "task"),
        ('{"task": {"format": "x"}}', "completion"),
        ('{"task": {"format": "x"}, "completion": "", "answer": 1}', "answer"),
        (_line('{"on": "nothing", "expr": "a"}'), "task.checks[0].on"),
        (_line('{"on": "plan", "weight": "heavy"}'), "task.checks[0].weight"),
        (_line('{"on": "plan", "weight": NaN}'), "request"),
        (_line('{"on": "plan", "expect": Infinity}'), "request"),
        (_line('{"on": "plan", "expect": 1e999}'), "request"),
        (_line(completion="7"), "completion"),
        (_task('"means": {"gpus": 8}'), "task.means.gpus"),
        (_task('"means": {"providers": {"aws": "5.100.0"}}'), "task.means.providers.aws"),
        (_task('"fixtures": [{"checks": [{"on": 1}]}]'), "task.fixtures[0].checks[0].on"),
        (_task('"before": {"main.tf": null}'), "task.before.main.tf"),
    ],
)
def test_what_is_no_request_is_refused_by_field(line: str | bytes, field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        request_from_json(line)
    assert refused.value.field == field


def test_means_that_need_nothing_are_not_absent_means() -> None:
    for means in (None, Means()):
        request = ScoreRequest(task=Task(format="x", means=means), completion="")
        for back in (
            request_from_json(json.dumps(request_to_json(request))),
            request_from_proto(request_to_proto(request)),
        ):
            assert back.task.means == means


def test_a_version_in_a_message_that_is_no_text_is_refused_by_field() -> None:
    message = pb.ScoreRequest(task=pb.Task(format="x"))
    message.task.means.providers["aws"].append(5.1)
    with pytest.raises(InvalidRequest) as refused:
        request_from_proto(message)
    assert refused.value.field == "task.means.providers.aws"


def test_lone_surrogates_become_replacement_characters_and_pairs_stay() -> None:
    request = request_from_json(_line(completion='"a\\ud800b \\ud83d\\ude00"'))
    assert request.completion == "a\ufffdb \U0001f600"
    raw = ScoreRequest(task=Task(format="x"), completion="\udfff")
    assert request_to_proto(raw).completion == "\ufffd"


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_a_non_finite_expectation_in_a_message_is_refused(number: float) -> None:
    message = pb.ScoreRequest(task=pb.Task(checks=[pb.Check(kind="jmespath", on="plan")]))
    message.task.checks[0].expect.number_value = number
    with pytest.raises(InvalidRequest, match=r"task\.checks\[0\]\.expect"):
        request_from_proto(message)


@pytest.mark.parametrize("number", [math.nan, math.inf, 10**400])
def test_an_expectation_that_no_message_can_hold_is_refused(number: float) -> None:
    check = Check(on=Target.PLAN, expr="a", expect=[{"deep": number}])
    request = ScoreRequest(task=Task(format="terraform", checks=(check,)), completion="")
    with pytest.raises(InvalidRequest, match=r"task\.checks\[0\]\.expect"):
        request_to_proto(request)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("", "verdict"),
        ("[]", "verdict"),
        (b"\xff", "verdict"),
        ("{}", "id"),
        ('"reward": NaN', "verdict"),
        ('"reward": 1e999', "verdict"),
        ('"reward": "high"', "reward"),
        ('"status": "FINE"', "status"),
        ('"failure_kind": "GREMLINS"', "failure_kind"),
        ('"stages": [{"name": "a"}]', "stages[0].component"),
    ],
)
def test_what_is_no_verdict_is_refused_by_field(line: str | bytes, field: str) -> None:
    if isinstance(line, str) and line.startswith('"'):
        name = line.partition(":")[0].strip('"')
        kept = {key: value for key, value in verdict_to_json(BROKEN).items() if key != name}
        line = json.dumps(kept)[:-1] + f", {line}}}"
    with pytest.raises(InvalidRequest) as refused:
        verdict_from_json(line)
    assert refused.value.field == field


BROKEN = Verdict(
    id="a",
    status=Status.UNSCORED,
    reward=None,
    components=None,
    stages=(
        Stage(
            name="parse",
            component=Component.SYNTAX,
            status=StageStatus.FAILED,
            score=0.5,
            diagnostics=(Diagnostic("error", "unexpected \udcff", "", "a\ud800.tf"),),
        ),
    ),
    failure_kind=FailureKind.TOOL_CRASHED,
    failure_reason="it said \udcff",
    toolchain="",
    rule=Rule("1", Components(0.4, 0.3, 0.3)),
)


def test_a_verdict_whose_words_utf8_cannot_hold_can_be_written() -> None:
    line = json.dumps(verdict_to_json(BROKEN), ensure_ascii=False).encode()
    sent = verdict_from_proto(pb.Verdict.FromString(verdict_to_proto(BROKEN).SerializeToString()))
    assert verdict_from_json(line) == sent
    assert sent.failure_reason == "it said \ufffd"
    assert sent.stages[0].diagnostics[0].file == "a\ufffd.tf"


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_a_reward_that_is_not_finite_goes_nowhere(number: float) -> None:
    verdict = Verdict(
        id="a",
        status=Status.SCORED,
        reward=number,
        components=Components(1, 1, 1),
        stages=(),
        failure_kind=None,
        failure_reason="",
        toolchain="",
        rule=BROKEN.rule,
    )
    for write in (verdict_to_json, verdict_to_proto):
        with pytest.raises(ValueError, match="not finite"):
            write(verdict)
    with pytest.raises(ValueError, match="not finite"):
        verdict_from_proto(pb.Verdict(status="SCORED", reward=number))


@pytest.mark.parametrize(
    "message",
    [
        pb.Verdict(),
        pb.Verdict(status="SCORED", stages=[pb.Stage(component="taste", status="passed")]),
        pb.Verdict(status="SCORED", stages=[pb.Stage(component="syntax", status="fine")]),
        pb.Verdict(
            status="SCORED",
            stages=[
                pb.Stage(
                    component="syntax", status="passed", diagnostics=[pb.Diagnostic(severity="bad")]
                )
            ],
        ),
    ],
    ids=["no status", "component", "stage status", "severity"],
)
def test_a_verdict_of_another_contract_is_refused(message: pb.Verdict) -> None:
    with pytest.raises(ValueError, match=r"UNSPECIFIED|taste|fine|bad"):
        verdict_from_proto(message)


def test_a_check_in_a_message_has_the_defaults_of_json() -> None:
    message = pb.ScoreRequest(task=pb.Task(checks=[pb.Check(on="plan", expr="a")]))
    (check,) = request_from_proto(message).task.checks
    assert check == Check(on=Target.PLAN, expr="a")


@pytest.mark.parametrize(("field", "word"), [("kind", "cel"), ("on", "nothing"), ("on", "")])
def test_an_unknown_word_in_a_message_is_refused_by_place(field: str, word: str) -> None:
    fine = pb.Check(kind="jmespath", on="plan", expr="a")
    wrong = pb.Check(kind="jmespath", on="plan", expr="a")
    setattr(wrong, field, word)
    message = pb.ScoreRequest(task=pb.Task(checks=[fine, wrong]))
    with pytest.raises(InvalidRequest) as refused:
        request_from_proto(message)
    assert refused.value.field == f"task.checks[1].{field}"
