"""docker-compose.yml on a real engine: what comes up, scores, heals, and leaves nothing behind."""

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from rewardsvc.client import RemoteScorer
from rewardsvc.local import LocalScorer
from rewardsvc.settings import Settings
from rewardsvc.types import FailureKind, ScoreRequest, Status, Task, Verdict
from tests.needs import lacks
from tests.rewardsvc.test_golden import CASES

ROOT = Path(__file__).resolve().parents[2]
PROJECT = f"assaytest{os.getpid()}"
HEALTHY_SECONDS = 60.0

_AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can kill what containers run")


def _run(*words: str, check: bool = True, **env: str) -> str:
    done = subprocess.run(
        words, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, check=False
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def _succeeds(*words: str) -> bool:
    return (
        shutil.which(words[0]) is not None
        and not subprocess.run(words, cwd=ROOT, capture_output=True, check=False).returncode
    )


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def image() -> str:
    if not _succeeds("docker", "version"):
        lacks("docker", "no Docker engine answers")
    name = os.environ.get("ASSAY_TEST_DOCKER_IMAGE", "assay")
    if not _succeeds("docker", "image", "inspect", name):
        lacks("docker-image", f"there is no image {name}: `make image` builds it")
    return name


@pytest.fixture(scope="module")
def compose(image: str) -> tuple[str, ...]:
    for words in (("docker", "compose"), ("docker-compose",)):
        if _succeeds(*words, "version"):
            return (*words, "--project-name", PROJECT)
    lacks("docker", "neither `docker compose` nor docker-compose is installed")


class Project:
    """A project that is up."""

    def __init__(self, compose: tuple[str, ...], image: str) -> None:
        self._compose = compose
        self.address = f"127.0.0.1:{_free_port()}"
        self._settings = {
            "ASSAY_IMAGE": image,
            "ASSAY_GRPC": self.address,
            "ASSAY_HTTP": f"127.0.0.1:{_free_port()}",
        }

    def __call__(self, *words: str, check: bool = True) -> str:
        return _run(*self._compose, *words, check=check, **self._settings)

    def container(self, service: str) -> str:
        """Its id, running or not."""
        return _run(
            *("docker", "ps", "-aq", "--filter", f"label=com.docker.compose.service={service}"),
            *("--filter", f"label=com.docker.compose.project={PROJECT}"),
        ).strip()

    def health(self, service: str) -> str:
        return _run(
            *("docker", "inspect", "--format", "{{.State.Health.Status}}", self.container(service))
        ).strip()

    def processes(self, service: str, mark: str) -> list[int]:
        """Those of a service whose command line has the mark, as the host numbers them."""
        listed = _run("docker", "top", self.container(service), "-eo", "pid,args").splitlines()
        found = (line for line in listed if mark in line and "docker-init" not in line)
        return [int(line.split()[0]) for line in found]


def _wait(until: Callable[[], bool], seconds: float) -> float:
    began = time.monotonic()
    while not until():
        assert time.monotonic() - began < seconds, "waited in vain"
        time.sleep(0.2)
    return time.monotonic() - began


@pytest.fixture(scope="module")
def project(compose: tuple[str, ...], image: str) -> Iterator[Project]:
    up = Project(compose, image)
    try:
        began = time.monotonic()
        up("up", "-d", "--no-build")
        for service in ("server", "emulator", "redis"):
            left = HEALTHY_SECONDS - (time.monotonic() - began)
            _wait(lambda service=service: up.health(service) == "healthy", left)  # type: ignore[misc]
        yield up
    finally:
        print(up("logs", "--tail", "50", check=False))
        up("down", "--volumes", check=False)


def _scored(address: str, *requests: ScoreRequest) -> list[Verdict]:
    async def ask() -> list[Verdict]:
        async with RemoteScorer(address, Settings.load().connection) as scorer:
            return await scorer.score(requests)

    return asyncio.run(ask())


_ASKING = """\
```hcl
data "aws_availability_zones" "NAME" {
  state = "available"
}

resource "aws_ebs_volume" "NAME" {
  availability_zone = data.aws_availability_zones.NAME.names[0]
  size              = 8
}
```
"""


def _asking(name: str) -> ScoreRequest:
    """A configuration that the emulator must answer, and that nobody has asked about yet."""
    completion = _ASKING.replace("NAME", name)
    return ScoreRequest(task=Task(format="terraform"), completion=completion, id=name)


_BUILT = re.compile(r"\b(boto3|kfp|mlflow|ray|sagemaker)\b")


def test_every_format_gets_the_verdict_of_the_scorer_in_process(project: Project) -> None:
    # The image is without the libraries that some Python is built with.
    told = [case for case in CASES if case.format != "python" or not _BUILT.search(case.completion)]
    cases = {case.format: case for case in told if case.good}
    cases |= {f"{case.format} badly": case for case in told if not case.good}
    requests = [
        ScoreRequest(id=name, task=case.task, completion=case.completion)
        for name, case in cases.items()
    ]

    async def here() -> list[Verdict]:
        async with LocalScorer(Settings.load(cache=False)) as scorer:
            return await scorer.score(requests)

    for theirs, ours in zip(_scored(project.address, *requests), asyncio.run(here()), strict=True):
        assert theirs.status is Status.SCORED, (theirs.id, theirs.failure_reason)
        assert theirs.components == ours.components, theirs.id
        assert theirs.reward == ours.reward, theirs.id
    assert {case.format for case in CASES} == {name.split()[0] for name in cases}


@_AS_ROOT
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["dead", "hung"])
def test_an_emulator_that_is_lost_is_replaced(project: Project, number: signal.Signals) -> None:
    (lost,) = project.processes("emulator", "moto_process.py")
    os.kill(lost, number)
    (meanwhile,) = _scored(project.address, _asking(f"without_{number.name.lower()}"))
    assert meanwhile.reward == 1.0 or meanwhile.failure_kind is FailureKind.EMULATOR_FAILED

    def others() -> set[int]:
        return set(project.processes("emulator", "moto_process.py")) - {lost}

    _wait(lambda: len(others()) == 1, 20)
    assert not Path(f"/proc/{lost}").exists()
    (verdict,) = _scored(project.address, _asking(f"after_{number.name.lower()}"))
    assert (verdict.status, verdict.reward) == (Status.SCORED, 1.0), verdict.failure_reason


@_AS_ROOT
def test_the_emulators_container_comes_back_and_redis_is_not_needed(project: Project) -> None:
    top = _run("docker", "inspect", "--format", "{{.State.Pid}}", project.container("emulator"))
    os.kill(int(top), signal.SIGKILL)
    _run("docker", "kill", project.container("redis"))
    (meanwhile,) = _scored(project.address, _asking("without_both"))
    assert meanwhile.reward == 1.0 or meanwhile.failure_kind is FailureKind.EMULATOR_FAILED
    _wait(lambda: project.health("emulator") == "healthy", 30)
    (verdict,) = _scored(project.address, _asking("after_both"))
    assert (verdict.status, verdict.reward) == (Status.SCORED, 1.0), verdict.failure_reason
    project("up", "-d", "--no-build")
    _wait(lambda: project.health("redis") == "healthy", 30)


def test_the_server_is_confined(project: Project) -> None:
    (server,) = project.processes("server", "rewardsvc serve")
    status = Path(f"/proc/{server}/status").read_text()
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert fields["Uid"].split() == ["10001"] * 4
    assert int(fields["CapBnd"], 16) == 0
    assert (fields["NoNewPrivs"], fields["Seccomp"]) == ("1", "2")
    mounts = _run("docker", "inspect", "--format", "{{json .}}", project.container("server"))
    assert "docker.sock" not in mounts
    assert '"ReadonlyRootfs":true' in mounts
    assert '"HostIp":"127.0.0.1"' in mounts
    assert '"Networks":{"none"' in _run(
        "docker", "inspect", "--format", "{{json .NetworkSettings}}", project.container("emulator")
    )


def test_a_host_that_forbids_user_namespaces_is_told_which_setting_to_change(image: str) -> None:
    # Docker's own seccomp profile lets no ordinary user make namespaces.
    hardened = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL")
    done = subprocess.run(
        ("docker", "run", "--rm", *hardened, image), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "refusing to run untrusted files" in done.stderr
    assert "seccomp=deploy/seccomp.json" in done.stderr
    assert "apparmor=unconfined" in done.stderr
    assert "kernel.apparmor_restrict_unprivileged_userns=0" in done.stderr


def test_down_leaves_nothing(project: Project) -> None:
    project("down", "--volumes")
    label = f"label=com.docker.compose.project={PROJECT}"
    assert _run("docker", "ps", "-aq", "--filter", label) == ""
    for kind in ("volume", "network"):
        assert _run("docker", kind, "ls", "-q", "--filter", label) == ""
