"""Several steps in one box: who runs when, and whose output is whose."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.base import MIB, Command, Ended, Limits, Sandbox, Step, StepResult
from sandbox.errors import SandboxError

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALWAYS, PASSED, FAILED = "always", "all-passed", "any-failed"


def step(name: str, script: str, when: str = ALWAYS) -> Step:
    return Step(name, ("sh", "-c", script), when)  # type: ignore[arg-type]


def plan_show_validate(plan: str) -> Command:
    """The way Terraform is run."""
    return Command(
        steps=(
            step("plan", plan),
            step("show", "cat plan", PASSED),
            step("validate", "echo why", FAILED),
        ),
        limits=Limits(wall_seconds=20),
    )


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ("echo made >plan", [("plan", 0, b""), ("show", 0, b"made\n")]),
        ("echo bad; exit 2", [("plan", 2, b"bad\n"), ("validate", 0, b"why\n")]),
        ("kill -KILL $$", [("plan", 137, b""), ("validate", 0, b"why\n")]),
        (":", [("plan", 0, b""), ("show", 1, b""), ("validate", 0, b"why\n")]),
    ],
)
async def test_a_step_runs_when_it_is_due(
    sandbox: Sandbox, plan: str, expected: list[tuple[str, int, bytes]]
) -> None:
    result = await sandbox.run(plan_show_validate(plan))
    assert result.ended is Ended.EXITED
    assert [(done.name, done.exit_code, done.stdout) for done in result.steps] == expected
    assert all(0 <= done.seconds < 10 for done in result.steps)
    assert (result.step("validate") is None) == (expected[-1][0] != "validate")


async def test_stdin_is_for_the_first_step_and_files_are_for_all(sandbox: Sandbox) -> None:
    command = Command(
        steps=(step("a", "cat; cat f"), step("b", "cat; cat f")), files={"f": b"F"}, stdin=b"in"
    )
    result = await sandbox.run(command)
    assert [done.stdout for done in result.steps] == [b"inF", b"F"]


async def test_output_is_of_the_step_that_wrote_it(sandbox: Sandbox) -> None:
    late = "(sleep 0.3; echo late; echo late >&2) & echo now; echo now >&2"
    steps = (step("a", late), step("b", "sleep 0.5; echo b"), step("c", "head -c 70000 /dev/zero"))
    result = await sandbox.run(Command(steps=steps))
    assert [(done.stdout[:9], done.stderr) for done in result.steps] == [
        (b"now\n", b"now\n"),
        (b"b\n", b""),
        (b"\0" * 9, b""),
    ]
    assert len(result.steps[2].stdout) == 70000


@pytest.mark.parametrize(
    "stay",
    ["sleep 99 & :", "setsid sleep 99 & :", "(setsid sleep 99 &) ; :", "trap '' TERM; sleep 99 &"],
)
async def test_what_a_step_leaves_running_ends_with_it(sandbox: Sandbox, stay: str) -> None:
    count = "n=0; for p in /proc/[0-9]*; do n=$((n+1)); done; echo $n"
    result = await sandbox.run(Command(steps=(step("before", count), step("a", stay),
                                              step("after", count))))  # fmt: skip
    assert result.steps[0].stdout == result.steps[2].stdout


async def test_a_steps_name_is_a_program_never_a_builtin_of_the_shell(sandbox: Sandbox) -> None:
    awkward = "a 'quoted' \"word\" $HOME `x`\n*"
    steps = (Step("a", ("printf", "%s", awkward)), Step("b", ("echo", "-n", "x")),
             Step("c", ("true",)))  # fmt: skip
    result = await sandbox.run(Command(steps=steps))
    assert [done.stdout for done in result.steps] == [awkward.encode(), b"x", b""]
    with pytest.raises(SandboxError, match="cd"):
        await sandbox.run(Command(steps=(Step("a", ("cd", "/")), Step("b", ("true",)))))


async def test_a_missing_program_is_our_fault_but_127_is_the_programs(sandbox: Sandbox) -> None:
    steps = (step("a", "echo 'sh: 1: exec: x: not found' >&2; exit 127"), step("b", ":"))
    assert (await sandbox.run(Command(steps=steps))).steps[0].exit_code == 127
    with pytest.raises(SandboxError, match="/no/such"):
        await sandbox.run(Command(steps=(step("a", ":"), Step("b", ("/no/such",)))))


@pytest.mark.parametrize(
    ("script", "limits", "ended"),
    [
        ("sleep 99", Limits(wall_seconds=0.4), Ended.WALL_TIME),
        ("while :; do :; done", Limits(wall_seconds=20, cpu_seconds=1), Ended.CPU_TIME),
        ("exec head -c 9999999 /dev/zero >f", Limits(file_bytes=MIB), Ended.FILE_SIZE),
    ],
)
async def test_limits_hold_for_all_steps_together(
    sandbox: Sandbox, script: str, limits: Limits, ended: Ended
) -> None:
    result = await sandbox.run(Command(steps=(step("a", "echo a"), step("b", script)),
                                       limits=limits))  # fmt: skip
    assert result.ended is ended
    assert result.steps[0].stdout == b"a\n"


async def test_output_is_limited_over_all_steps(sandbox: Sandbox) -> None:
    flood = "head -c 6000 /dev/zero"
    command = Command(steps=(step("a", flood), step("b", flood)), limits=Limits(output_bytes=10000))
    result = await sandbox.run(command)
    assert [len(done.stdout) for done in result.steps] == [6000, 4000]
    assert result.output_cut


@pytest.mark.parametrize("attack", ["kill -KILL $PPID", "kill -KILL -1", "kill -STOP $PPID"])
async def test_a_step_that_attacks_the_driver_gains_nothing(sandbox: Sandbox, attack: str) -> None:
    steps = (step("a", "echo a"), step("b", attack), step("c", "echo c"))
    result = await sandbox.run(Command(steps=steps, limits=Limits(wall_seconds=1)))
    assert result.steps[0].stdout == b"a\n"
    assert result.ended is Ended.WALL_TIME or result.steps[1].exit_code != 0


async def test_steps_do_not_inherit_the_control_socket(sandbox: Sandbox) -> None:
    listed = "readlink /proc/self/fd/*; :"
    result = await sandbox.run(Command(steps=(step("a", listed), step("b", listed))))
    assert all(b"socket" not in done.stdout for done in result.steps)


codes = st.lists(st.integers(0, 255))


@given(codes)
async def test_exactly_one_of_passed_and_failed_is_due(ran: list[int]) -> None:
    before = [StepResult("x", code, b"", b"", 0.0) for code in ran]
    is_due: Callable[[str], bool] = lambda when: step("x", ":", when).due(before)  # noqa: E731
    assert is_due(ALWAYS)
    assert is_due(PASSED) != is_due(FAILED)
    assert is_due(FAILED) == any(code != 0 for code in ran)
