"""Commands whose Python script is loaded once in a box: each is alone for all that, as without."""

from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.base import Bind, Command, Ended, Limits, Result
from tests.hostile.attacks import ATTACKS, EXITED, PRELUDE, SMALL, WALL
from tests.hostile.conftest import Target
from tests.hostile.test_reusable import LEAVE, SAME, STATE, got, said
from tests.hostile.traces import marked, new_mark

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.parametrize(
        "target", ("bubblewrap", "bubblewrap-without-groups"), indirect=True, scope="module"
    ),
]

INSIDE = "/obeys.py"
OBEYS = """
import sys, time
loaded = [time.monotonic_ns()]
def main():
    exec(compile(sys.stdin.read(), "order", "exec"), globals())
    return int(sys.argv[1])
if __name__ == "__main__":
    sys.exit(main())
"""
"""A script that does what it reads."""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("script") / "obeys.py"
    path.write_text(OBEYS)
    for folder in (path, *path.parents[:3]):
        folder.chmod(0o755)
    return path


async def run(
    target: Target, script: Path, order: str, limits: Limits = SMALL, code: int = 0, **env: str
) -> Result:
    return await target.sandbox.run(command(target, script, order, limits, code, **env))


def command(
    target: Target, script: Path, order: str, limits: Limits = SMALL, code: int = 0, **env: str
) -> Command:
    return Command.one(
        "x",
        (target.python, "-I", "-B", INSIDE, str(code)),
        stdin=order.encode(),
        env=env,
        binds=(*target.binds, Bind(script, INSIDE)),
        limits=limits,
        stateless=True,
        script=INSIDE,
    )


async def test_what_is_loaded_is_there_once_and_each_has_a_process_of_its_own(
    target: Target, script: Path
) -> None:
    order = "import os; loaded.append(os.getpid()); print(loaded)"
    first, second = [eval(said(await run(target, script, order))) for _ in range(2)]
    assert first[0] == second[0] and len(second) == 2
    assert first[1] != second[1]


async def test_it_is_what_python_would_have_started(target: Target, script: Path) -> None:
    order = "import os; print(sys.argv, os.environ['A'], __name__ == 'obeys', file=sys.stderr)"
    result = await run(target, script, order, code=3, A="b")
    assert (result.ended, result.steps[0].exit_code) == (Ended.EXITED, 3)
    assert result.steps[0].stderr == f"['{INSIDE}', '3'] b False\n".encode()
    alone = await target.sandbox.run(
        replace(command(target, script, order, code=3, A="b"), stateless=False)
    )
    assert (alone.steps[0].exit_code, alone.steps[0].stderr) == (3, result.steps[0].stderr)
    failed = await run(target, script, "raise ValueError('this')")
    assert failed.steps[0].exit_code == 1
    assert failed.steps[0].stderr.endswith(b"ValueError: this\n")
    left = await run(target, script, "sys.exit('gone')")
    assert (left.steps[0].exit_code, left.steps[0].stderr) == (1, b"gone\n")


async def test_nothing_of_an_attack_is_there_for_the_next(target: Target, script: Path) -> None:
    state = PRELUDE + SAME + STATE + "print(loaded)"
    before = said(await run(target, script, state))
    attacked = await run(target, script, PRELUDE + "loaded.clear()\n" + LEAVE)
    assert got(attacked) == [] and "Traceback" not in said(attacked), said(attacked)
    assert said(attacked).count("denied") > 60
    assert said(await run(target, script, state)) == before


@pytest.mark.parametrize("name", ATTACKS)
async def test_an_attack_ends_with_its_command(target: Target, script: Path, name: str) -> None:
    attack = ATTACKS[name]
    if attack.needs_groups and not target.grouped:
        pytest.skip("nothing but the wall time bounds it here")
    mark = new_mark()
    result = await run(
        target, script, PRELUDE + attack.program, attack.limits, FOLDER="/nonexistent", MARK=mark
    )
    assert marked(mark) == [], "a process outlived its command"
    assert result.ended in attack.ends | attack.weaker | WALL | EXITED, result
    assert got(result) == []
    again = await run(target, script, "print('calm')", replace(attack.limits, wall_seconds=20.0))
    assert (again.ended, said(again)) == (Ended.EXITED, "calm\n")
