"""Every back end, the planted host around it, and how fast it is when nobody attacks."""

import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.base import Bind, Command, Limits, Result, Sandbox
from sandbox.bubblewrap import BubblewrapSandbox
from sandbox.cgroups import Tree
from sandbox.docker import IMAGE, DockerSandbox
from sandbox.errors import IsolationMissing, SandboxError
from tests.hostile.host import Host, planted
from tests.hostile.traces import containers, left_beyond, traces
from tests.needs import Need, lacks

CALM_RUNS = 7

MOMENT_SECONDS = 3.0
"""A canary of an engine that other tests have open is over by then."""

DOCKER_IMAGES = (os.environ.get("ASSAY_TEST_DOCKER_IMAGE"), IMAGE, "debian-imported:bookworm")

RUN = (sys.executable, "-c", "from rewardsvc.cli import main; main()")

BACK_ENDS = ("bubblewrap", "bubblewrap-without-groups", "docker")


class WithoutControlGroups(BubblewrapSandbox):
    """The bubblewrap back end on a machine where control groups cannot be made."""

    def _open_tree(self) -> Tree | None:
        return None


@dataclass(frozen=True, slots=True)
class Target:
    """A back end under attack."""

    sandbox: Sandbox
    grouped: bool
    """Whether control groups bound its commands."""
    python: str
    binds: tuple[Bind, ...]
    temporary: Path
    """Where it keeps temporary files on the host."""
    usual_seconds: float = 0.0
    """The median of how long a harmless command takes."""

    def command(
        self, program: str, limits: Limits, *, files: dict[str, bytes] | None = None, **env: str
    ) -> Command:
        """A Python program as a command."""
        argv = (self.python, "-I", "-c", program)
        return Command.one("x", argv, files=files, binds=self.binds, limits=limits, env=env)

    async def harmless(self) -> tuple[Result, float]:
        """Run a command that does what it should; with its wall time seen from outside."""
        began = time.monotonic()
        result = await self.sandbox.run(
            self.command("print(open('f').read())", Limits(), files={"f": b"harmless"})
        )
        return result, time.monotonic() - began


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """In /tmp itself, with all doors open: pytest's own folders are private."""
    tmp_path_factory.getbasetemp()  # pytest chooses now, before a target has a /tmp of its own
    with tempfile.TemporaryDirectory(prefix="host-") as folder, planted(Path(folder)) as up:
        yield up


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=BACK_ENDS)
async def target(request: pytest.FixtureRequest, host: Host) -> AsyncIterator[Target]:
    """Each back end in turn, open for all attacks on it; the host's secrets lie there before."""
    sandbox, python, binds = await _back_end(request.param)
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # noqa: ASYNC240 (a moment, once)
        patch.setattr(tempfile, "tempdir", folder)
        before = traces(os.getpid(), Path(folder))  # other tests may have a sandbox open
        try:
            opened = await sandbox.__aenter__()
        except SandboxError as error:
            need: Need = "docker-image" if request.param == "docker" else "bubblewrap"
            lacks(need, f"{request.param}: {error}")
        try:
            grouped = not getattr(opened, "limits_by", "").startswith("resource")
            if request.param == "bubblewrap" and not grouped:
                pytest.skip("no control group can be made here: only resource limits are tested")
            calm = Target(opened, grouped, python, binds, Path(folder))
            seconds = [(await calm.harmless())[1] for _ in range(CALM_RUNS)]
            usual = statistics.median(seconds)
            yield Target(opened, grouped, python, binds, Path(folder), usual)
        finally:
            await asyncio.shield(opened.__aexit__(None, None, None))
        left = await left_beyond(before, lambda: traces(os.getpid(), Path(folder)), MOMENT_SECONDS)
        assert not left.keys() & {"groups", "sockets", "files"}, left
        assert containers(os.getpid()) == []


async def _back_end(name: str) -> tuple[Sandbox, str, tuple[Bind, ...]]:
    """The back end, its Python, and what to bind for it."""
    home = Path(sys.base_prefix)
    if name == "docker":
        return DockerSandbox(await docker_image()), "/usr/bin/python3", ()
    kinds = {"bubblewrap": BubblewrapSandbox, "bubblewrap-without-groups": WithoutControlGroups}
    if home.is_relative_to("/usr") and not home.is_relative_to("/usr/local"):
        return kinds[name](), "/usr/bin/python3", ()
    return kinds[name](), "/opt/python/bin/python3", (Bind(home, "/opt/python"),)


async def docker_image() -> str:
    """The first image that the docker sandbox opens with; these tests need a Python in it."""
    # In a thread, which has an event loop of its own: an answer is found once.
    image, reasons = await asyncio.to_thread(_image_found)
    if not image:
        lacks("docker-image", reasons)
    return image


@cache
def _image_found() -> tuple[str, str]:
    """Such an image, or "" and why there is none."""
    return asyncio.run(_first_image())


async def _first_image() -> tuple[str, str]:
    reasons = []
    for image in dict.fromkeys(filter(None, DOCKER_IMAGES)):
        try:
            async with DockerSandbox(image):
                return image, ""
        except IsolationMissing as error:
            reasons.append(str(error))
    return "", "; ".join(reasons)


@dataclass(frozen=True, slots=True)
class Served:
    """A reward server of its own process, with secrets in its environment and its home."""

    process: "subprocess.Popen[bytes]"
    address: str
    temporary: Path
    terraform: str
    """Why Terraform is not scored here; "" where it is."""


SERVERS = ("bubblewrap", "docker")


@pytest.fixture(scope="module", params=SERVERS)
def served(
    request: pytest.FixtureRequest, host: Host, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A server for each back end, warm, without a cache: every completion is worked on."""
    log = tmp_path_factory.mktemp("served") / "stderr.log"
    with serving(request.param, host, log) as up:
        yield up


@contextlib.contextmanager
def serving(back_end: str, host: Host, log: Path, **more: str) -> Iterator[Served]:
    """A server with more settings than the usual ones; at its end nothing of it may be left."""
    image = asyncio.run(docker_image()) if back_end == "docker" else IMAGE
    folder = Path(tempfile.mkdtemp(prefix=f"{back_end}-", dir=host.folder))
    folder.chmod(0o755)
    home = folder / "home"
    (home / ".aws").mkdir(parents=True)
    (home / ".aws" / "credentials").write_text(f"[default]\naws_secret_access_key={host.secret}\n")
    (home / ".terraformrc").write_text(f'credentials "x.io" {{\n  token = "{host.secret}"\n}}\n')
    temporary = folder / "tmp"
    temporary.mkdir()
    temporary.chmod(0o755)
    settings = {
        "ASSAY_SANDBOX": back_end,
        "ASSAY_TERRAFORM": "warm",
        "ASSAY_CACHE": "false",
        "ASSAY_WORKERS": "2",
        "ASSAY_DOCKER_IMAGE": image,
    }
    secrets = {
        name: host.secret
        for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "GITHUB_TOKEN", "TF_TOKEN_x_io")
    }
    places = {"HOME": str(home), "TMPDIR": str(temporary)}
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [*RUN, "serve", "--listen", "127.0.0.1:0"],
            stderr=stderr,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **settings, **more, **secrets, **places},
        )
    try:
        address = _said(process, log, "serving on ")
        lines = log.read_text().splitlines()
        lacking = "; ".join(line for line in lines if "UNSCORED for now" in line)
        yield Served(process, address, temporary, lacking)
        assert process.poll() is None, f"the server ended:\n{log.read_text()}"
    finally:
        process.terminate()
        process.wait(60)
    left = traces(process.pid, temporary)
    assert (left.children, left.groups, left.sockets, left.files) == (Counter(),) * 4, left
    assert containers(process.pid) == []


def _said(process: "subprocess.Popen[bytes]", log: Path, words: str) -> str:
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        for line in log.read_text().splitlines():
            if line.startswith(words):
                return line.removeprefix(words)
        time.sleep(0.05)
    raise AssertionError(f"the server did not come up:\n{log.read_text()}")
