"""How the programs end: Ctrl-C is heard wherever the main thread happens to be."""

import subprocess
import sys

_PROGRAM = """
import signal, time, weakref
import click
from rewardsvc.program import Program

class Held:
    def __del__(self):
        if {times} > len(came):
            came.append(1)
            signal.raise_signal(signal.SIGINT)

class Plain:
    pass

came = []

@click.group(cls=Program)
def program():
    pass

@program.command()
def destructor():
    for _ in range({times} + 200):
        Held()
        time.sleep(0.05)
    print("ran on")

@program.command()
def callback():
    plain = Plain()
    held = weakref.ref(plain, lambda _: signal.raise_signal(signal.SIGINT))
    del plain
    time.sleep(10)
    print("ran on")

@program.command()
def other():
    class Broken:
        def __del__(self):
            raise ValueError("told as ever")
    Broken()
    print("ran on")

program()
"""


def _program(command: str, *, times: int = 1) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(times=times), command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_an_interrupt_that_a_destructor_swallows_is_raised_again() -> None:
    ended = _program("destructor")
    assert ended.returncode == 130, ended.stderr
    assert ended.stderr.splitlines()[-1] == "interrupted"
    assert ended.stdout == ""


def test_and_so_are_several() -> None:
    assert _program("destructor", times=5).returncode == 130


def test_an_interrupt_that_a_callback_swallows_is_raised_again() -> None:
    ended = _program("callback")
    assert ended.returncode == 130, ended.stderr
    assert ended.stdout == ""


def test_what_else_a_destructor_raises_is_told_and_ends_nothing() -> None:
    ended = _program("other")
    assert ended.returncode == 0
    assert ended.stdout == "ran on\n"
    assert "ValueError: told as ever" in ended.stderr
