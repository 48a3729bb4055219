"""What GRPO gets as a reward, and when it is stopped."""

import json
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from rewardsvc.errors import InvalidRequest, ServerUnavailable
from rewardsvc.scorer import open_scorer
from rewardsvc.settings import Settings
from rewardsvc.types import FailureKind, ScoreRequest, Status, Verdict
from rl.errors import InvalidConfig, RewardUnavailable, TooManyUnscored
from rl.reward.function import RewardFunction
from rl.reward.scoring import ScoringThread, settings_for
from rl.reward.verdicts import check_unscored, summarize
from tests.rl.samples import FaultyScorer, faulty, row, scored

ROWS = [row(n) for n in range(4)]


@contextmanager
def rewarding(
    tmp_path: Path, scorer: FaultyScorer, *, limit: float = 1.0, deadline: float = 20.0
) -> Iterator[RewardFunction]:
    with ScoringThread(scorer) as scoring:
        yield RewardFunction(
            ROWS,
            scoring,
            log=tmp_path / "rewards.jsonl",
            max_unscored_share=limit,
            deadline_seconds=deadline,
        )


def rewards_of(function: RewardFunction, *texts: str) -> list[float | None]:
    return function(
        prompts=[""] * len(texts), completions=list(texts), task=[n % 4 for n in range(len(texts))]
    )


def by_text(request: ScoreRequest) -> Verdict | Exception | float:
    """The completion says what is to go wrong with it."""
    word, _, argument = request.completion.partition(" ")
    match word:
        case "reward":
            return scored(float(argument))
        case "unscored":
            return faulty(FailureKind(argument))
        case "invalid":
            return InvalidRequest("task.checks[0].expr", "does not compile")
        case "gone":
            return ServerUnavailable("no reward server at h:1")
        case _:
            return float(argument)


@pytest.mark.parametrize(
    ("completion", "reward"),
    [
        ("reward 0.7", 0.7),
        ("reward 0.0", 0.0),
        ("reward nan", None),
        ("reward inf", None),
        ("unscored TOOL_CRASHED", None),
        ("unscored OVERLOADED", None),
        ("invalid", None),
        ("gone", None),
        ("late 30", None),
    ],
)
def test_a_fault_of_one_sample_is_none_and_leaves_the_others_alone(
    tmp_path: Path, completion: str, reward: float | None
) -> None:
    with rewarding(tmp_path, FaultyScorer(by_text), deadline=0.5) as function:
        assert rewards_of(function, "reward 1.0", completion, "reward 0.5") == [1.0, reward, 0.5]


def test_the_deadline_holds_for_the_batch_and_not_for_each_sample(tmp_path: Path) -> None:
    with rewarding(tmp_path, FaultyScorer(by_text), deadline=0.5) as function:
        began = time.monotonic()
        assert rewards_of(function, *["late 30"] * 8) == [None] * 8
        assert time.monotonic() - began < 5


def test_a_message_is_scored_by_its_text(tmp_path: Path) -> None:
    with rewarding(tmp_path, FaultyScorer(by_text)) as function:
        message = [{"role": "assistant", "content": "reward 0.25"}]
        assert function(prompts=[[]], completions=[message], task=[0]) == [0.25]


def test_each_completion_is_scored_against_its_own_task(tmp_path: Path) -> None:
    def port(request: ScoreRequest) -> Verdict:
        return scored(float(request.completion in request.task.instruction))

    with rewarding(tmp_path, FaultyScorer(port)) as function:
        rewards = function(prompts=[""] * 3, completions=["8003", "8003", "8001"], task=[3, 1, 1])
    assert rewards == [1.0, 0.0, 1.0]


@pytest.mark.parametrize(("faults", "stops"), [(0, False), (1, False), (2, True), (4, True)])
def test_a_step_with_too_many_unscored_stops_and_names_the_kinds(
    tmp_path: Path, faults: int, stops: bool
) -> None:
    texts = ["unscored SANDBOX_FAILED"] * faults + ["reward 1.0"] * (4 - faults)
    with rewarding(tmp_path, FaultyScorer(by_text), limit=0.25) as function:
        if stops:
            with pytest.raises(TooManyUnscored, match=rf"{faults} of 4.*SANDBOX_FAILED x{faults}"):
                rewards_of(function, *texts)
        else:
            assert rewards_of(function, *texts).count(None) == faults


def test_each_step_is_logged_with_means_over_the_scored_alone(tmp_path: Path) -> None:
    metrics: dict[str, float] = {}
    with rewarding(tmp_path, FaultyScorer(by_text)) as function:
        function(
            prompts=[""] * 3,
            completions=["reward 0.5", "reward 1.0", "unscored TOOL_MISSING"],
            task=[0, 1, 2],
            log_metric=metrics.__setitem__,
        )
    step = json.loads((tmp_path / "rewards.jsonl").read_text())
    assert step["reward"] == step["syntax"] == metrics["reward/correctness"] == 0.75
    assert step["unscored_share"] == metrics["reward/unscored_share"] == pytest.approx(1 / 3)
    assert step["failures"] == {"TOOL_MISSING": 1}
    samples = (tmp_path / "rewards.completions.jsonl").read_text().splitlines()
    assert [json.loads(line)["failure"] for line in samples] == ["", "", "TOOL_MISSING"]


def test_what_an_answer_chose_is_no_fault_and_is_reported_apart() -> None:
    chosen = replace(faulty(FailureKind.PROVIDER_MISSING), chosen=True)
    verdicts = [chosen, chosen, faulty(), scored(1.0)]
    summary = summarize(verdicts)
    assert (summary["unscored_share"], summary["chosen_share"]) == (0.25, 0.5)
    assert summary["failures"] == {"TOOL_CRASHED": 1}
    check_unscored(verdicts, 0.25, "here")
    with pytest.raises(TooManyUnscored, match="1 of 4"):
        check_unscored(verdicts, 0.2, "here")


def test_a_reward_that_is_no_number_counts_as_a_fault() -> None:
    verdict = replace(scored(1.0), reward=math.nan)
    assert summarize([verdict, scored(1.0)])["unscored_share"] == 0.5
    with pytest.raises(TooManyUnscored, match="NON_FINITE"):
        check_unscored([verdict], 0.25, "here")


def test_the_scorer_closes_in_the_loop_that_opened_it() -> None:
    scorer = FaultyScorer(by_text)
    with ScoringThread(scorer) as scoring:
        late = scoring.submit(ScoreRequest(task=ROWS[0].task, completion="late 60"))
    assert scorer.closed
    assert late.cancelled()


def test_a_server_that_is_not_there_is_an_error_that_names_it() -> None:
    scorer = open_scorer(Settings(connect_timeout_seconds=0.5), "127.0.0.1:1")
    with pytest.raises(RewardUnavailable, match=r"127\.0\.0\.1:1"), ScoringThread(scorer):
        pass


def test_a_server_is_waited_for_as_long_as_a_step_may_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert settings_for(77).request_timeout_seconds == 77
    monkeypatch.setenv("ASSAY_REQUEST_TIMEOUT_SECONDS", "5")
    assert settings_for(77).request_timeout_seconds == 5
    monkeypatch.setenv("ASSAY_TOKEN", "")
    with pytest.raises(InvalidConfig, match="printable ASCII"):
        settings_for(77)


def test_a_probe_lets_a_fault_of_the_request_be_an_error() -> None:
    request = ScoreRequest(task=ROWS[0].task, completion="invalid")
    with (
        ScoringThread(FaultyScorer(by_text)) as scoring,
        pytest.raises(RewardUnavailable, match="does not compile"),
    ):
        scoring.probe(request, 5)


def test_the_real_scorer_rewards_a_good_answer_and_not_an_empty_one(tmp_path: Path) -> None:
    with ScoringThread(open_scorer(Settings.load())) as scoring:
        function = RewardFunction(
            ROWS,
            scoring,
            log=tmp_path / "rewards.jsonl",
            max_unscored_share=0.0,
            deadline_seconds=60,
        )
        good, empty = function(prompts=["", ""], completions=[ROWS[1].output, ""], task=[1, 1])
    assert good is not None and good > 0.9
    assert empty == 0.0
    assert Status.UNSCORED.value not in (tmp_path / "rewards.jsonl").read_text()
