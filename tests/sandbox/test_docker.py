"""What a command in a container sees, may use and leaves: a real engine, from outside."""

import pytest

from sandbox.base import Command, Ended, Sandbox
from sandbox.docker import DockerSandbox
from sandbox.errors import IsolationMissing
from sandbox.selftest import self_test


async def test_files_stdin_and_environment_arrive_and_output_comes_back(
    docker_sandbox: Sandbox,
) -> None:
    result = await docker_sandbox.run(
        Command.one(
            "step",
            ("sh", "-c", "cat a/b.txt -; echo oops >&2; env; exit 7"),
            files={"a/b.txt": b"file ", "c": b""},
            stdin=b"stdin\n",
            env={"COLOUR": "blue = green\n"},
        )
    )
    assert result.ended is Ended.EXITED
    (step,) = result.steps
    assert (step.name, step.exit_code, step.stderr) == ("step", 7, b"oops\n")
    assert step.stdout.startswith(b"file stdin\n")
    assert b"\nCOLOUR=blue = green\n\n" in step.stdout
    names = {line.split(b"=")[0] for line in step.stdout.splitlines() if b"=" in line}
    assert names <= {b"COLOUR", b"HOME", b"PATH", b"PWD", b"OLDPWD", b"SHLVL", b"_"}


async def test_every_promise_holds(docker_sandbox: Sandbox) -> None:
    promises = await self_test(docker_sandbox)
    assert [promise for promise in promises if not promise.holds] == []
    assert "system calls are filtered" in [promise.name for promise in promises]


async def test_a_missing_engine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nosuch/docker.sock")
    with pytest.raises(IsolationMissing, match=r"/nosuch/docker\.sock.*start dockerd"):
        await DockerSandbox().__aenter__()


@pytest.mark.usefixtures("docker_image")
async def test_a_missing_image_is_named_with_the_command_that_builds_it() -> None:
    with pytest.raises(IsolationMissing, match=r"no-such-image.*docker build"):
        await DockerSandbox("no-such-image").__aenter__()
