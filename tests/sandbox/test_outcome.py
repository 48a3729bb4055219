"""What a program did is told from what broke around it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.base import Ended, Limits
from sandbox.errors import SandboxError
from sandbox.outcome import ChildStatus, Ending, how_it_ended, read_status

STARTED = '{ "child-pid": 12, "net-namespace": 7 }\n'
RAN = Ending(ChildStatus(12, 0), 0)
LIMITS = Limits(cpu_seconds=5)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", ChildStatus(None, None)),
        (STARTED, ChildStatus(12, None)),
        (STARTED + '{ "exit-code": 3 }\n', ChildStatus(12, 3)),
        (STARTED + '{ "exit-', ChildStatus(12, None)),
        ('{\n    "child-pid": 9\n}\n', ChildStatus(9, None)),
    ],
)
def test_messages_of_bwrap_are_read(text: str, status: ChildStatus) -> None:
    assert read_status(text.encode()) == status


@given(st.integers(0, 200))
def test_messages_cut_anywhere_are_no_error(length: int) -> None:
    assert read_status((STARTED + '{ "exit-code": 3 }\n').encode()[:length]).exit_code in {None, 3}


@pytest.mark.parametrize(
    ("ending", "ended"),
    [
        (RAN, Ended.EXITED),
        (Ending(ChildStatus(12, 1), 1), Ended.EXITED),
        (Ending(ChildStatus(12, 137), 137, cpu_seconds=1.0), Ended.EXITED),
        (Ending(ChildStatus(12, 137), 137, cpu_seconds=5.9), Ended.CPU_TIME),
        (Ending(ChildStatus(12, 137), 137, wall_seconds=5.9), Ended.CPU_TIME),
        (Ending(ChildStatus(12, 152), 152), Ended.CPU_TIME),
        (Ending(ChildStatus(12, 153), 153), Ended.FILE_SIZE),
        (Ending(ChildStatus(12, None), -9, stopped=Ended.WALL_TIME), Ended.WALL_TIME),
        (Ending(ChildStatus(12, None), -9, stopped=Ended.WALL_TIME, oom_kills=1), Ended.MEMORY),
        (Ending(ChildStatus(12, 0), 0, oom_kills=1), Ended.MEMORY),
        (Ending(ChildStatus(None, None), -9, oom_kills=1), Ended.MEMORY),
        (Ending(ChildStatus(12, None), -9, step_codes=(0, 1), complete=True), Ended.EXITED),
        (Ending(ChildStatus(12, None), -9, step_codes=(153, 0), complete=True), Ended.FILE_SIZE),
        (Ending(ChildStatus(12, 137), 137, step_codes=(0,)), Ended.EXITED),
    ],
)
def test_the_end_of_a_program_has_a_name(ending: Ending, ended: Ended) -> None:
    assert how_it_ended(ending, LIMITS) is ended


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        (Ending(ChildStatus(12, None), 1, said=b"bwrap: execvp x: No such"), "execvp x: No such"),
        (Ending(ChildStatus(None, None), 1, said=b"bwrap: No permissions"), "No permissions"),
        (Ending(ChildStatus(None, None), 127), "exit code 127"),
        (Ending(ChildStatus(12, None), -9), "SIGKILL"),
        (Ending(ChildStatus(12, None), -9, step_codes=(0,)), "SIGKILL"),
        (Ending(ChildStatus(None, None), -9, stopped=Ended.WALL_TIME), "not set up"),
    ],
)
def test_a_broken_box_is_an_error_with_the_words_of_bwrap(ending: Ending, words: str) -> None:
    with pytest.raises(SandboxError, match=words):
        how_it_ended(ending, LIMITS)


@given(st.integers(0, 255), st.binary(max_size=50))
def test_nothing_that_a_program_says_makes_it_a_fault(code: int, said: bytes) -> None:
    how_it_ended(replace(RAN, status=ChildStatus(12, code), launcher_code=code, said=said), LIMITS)
