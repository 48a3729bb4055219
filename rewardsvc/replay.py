"""What ``rewardsvc replay`` compares: verdicts given before with those given now."""

from collections.abc import Sequence
from io import BufferedReader

from rewardsvc.errors import InvalidFile
from rewardsvc.records import records
from rewardsvc.types import ScoreRequest, Verdict
from rewardsvc.wire.json import verdict_from_json

DECIMALS = 4
"""Of the numbers in what ``rewardsvc score`` prints."""


def read_verdicts(
    stream: BufferedReader, name: str, asked: Sequence[ScoreRequest]
) -> list[Verdict]:
    """The verdicts of a file, one for each request and in the same order.

    Raises:
        InvalidFile: names the line; also where the verdicts are not those of the requests.
    """
    verdicts: list[Verdict] = []
    for record in records(stream, name):
        verdict = record.read(verdict_from_json)
        if len(verdicts) < len(asked) and verdict.id != asked[len(verdicts)].id:
            raise InvalidFile(
                f"{record.place}: the verdict of {verdict.id!r} where that of "
                f"{asked[len(verdicts)].id!r} is due; they must be in the order of the requests"
            )
        verdicts.append(verdict)
    if len(verdicts) != len(asked):
        raise InvalidFile(f"{name}: {len(verdicts)} verdicts for {len(asked)} requests")
    return verdicts


def differences(old: Verdict, new: Verdict) -> list[str]:
    """What judges differently; times, words, caching and the toolchain's digest do not count.

    Numbers are compared with the four decimals that ``score`` prints.
    """
    found = [
        f"{what}: {before} -> {after}"
        for what, before, after in (
            ("status", old.status.value, new.status.value),
            ("reward", _decimals(old.reward), _decimals(new.reward)),
            ("failure_kind", old.failure_kind, new.failure_kind),
        )
        if before != after
    ]
    stages = {
        stage.name: (stage.status.value, round(stage.score, DECIMALS)) for stage in old.stages
    }
    again = {stage.name: (stage.status.value, round(stage.score, DECIMALS)) for stage in new.stages}
    for name in sorted(stages.keys() | again.keys()):
        if stages.get(name) != again.get(name):
            found.append(f"stage {name}: {_shown(stages.get(name))} -> {_shown(again.get(name))}")
    return found


def _decimals(reward: float | None) -> float | None:
    return None if reward is None else round(reward, DECIMALS)


def _shown(stage: tuple[str, float] | None) -> str:
    return f"{stage[0]} {stage[1]:g}" if stage else "none"
