"""What is made of a watched run: the report, the code's own doing, or a fault of ours."""

import json

import pytest

from rewardsvc.verification.boxed.watching import SUPERVISOR, Watched, command, read, watch
from sandbox.base import Command, Ended, Limits, Result, StepResult, Usage
from sandbox.errors import ToolCrashed

REPORT = b'began\n{"exit_code": 3}'


def _ran(stdout: bytes, exit_code: int = 0, *, cut: bool = False) -> Result:
    step = StepResult("run", exit_code, stdout, b"Traceback", 0.1)
    return Result(Ended.EXITED, (step,), Usage(0.1), output_cut=cut)


class Rigged:
    """A sandbox whose commands end as they are told to."""

    def __init__(self, *results: Result) -> None:
        self.left = list(results)

    async def run(self, _: Command) -> Result:
        return self.left.pop(0)


async def _watched(*results: Result) -> Watched:
    sandbox = Rigged(*results)
    watched = await watch(sandbox, command({}, {}, Limits()))
    assert sandbox.left == []
    return watched


@pytest.mark.parametrize("said", [b"", b"bega", b'{"exit_code": 0}', b"forged\nbegan\n{}"])
def test_a_supervisor_that_fails_before_the_code_began_is_a_fault_of_ours(said: bytes) -> None:
    with pytest.raises(ToolCrashed, match="Traceback"):
        read(_ran(said, 1))


async def test_a_report_is_believed() -> None:
    assert (await _watched(_ran(REPORT))).report == {"exit_code": 3}


LOST = [
    _ran(b"began\n", 137),
    _ran(b"began\n", 1),
    _ran(b'began\n{"exit_code": 0', 0),
    _ran(b"began\n" + b"[" * 100_000 + b"]" * 100_000, 0),
]


@pytest.mark.parametrize("first", LOST)
@pytest.mark.parametrize("second", LOST)
async def test_a_report_that_is_lost_twice_is_the_codes_doing(
    first: Result, second: Result
) -> None:
    watched = await _watched(first, second)
    assert watched.report is None
    assert "what watches over it" in watched.overrun


async def test_a_report_that_is_lost_once_is_asked_for_again() -> None:
    assert (await _watched(LOST[0], _ran(REPORT))).report == {"exit_code": 3}


@pytest.mark.parametrize("ended", [each for each in Ended if each is not Ended.EXITED])
async def test_a_limit_is_the_codes_doing_at_once(ended: Ended) -> None:
    watched = await _watched(Result(ended, (), Usage(0.1)))
    assert ended.value.replace("_", " ") in watched.overrun


async def test_more_than_can_be_told_is_the_codes_doing_at_once() -> None:
    assert (await _watched(_ran(REPORT, cut=True))).overrun


def test_nothing_of_ours_is_bound_where_its_place_can_be_read() -> None:
    made = command({"argv": ["x"]}, {"a": "b"}, Limits())
    assert made.watches
    assert json.loads(made.stdin) == {"argv": ["x"]}
    assert set(made.files) == {"a", SUPERVISOR.name}
    assert all("rewardsvc" not in str(bind.source) for bind in made.binds)
