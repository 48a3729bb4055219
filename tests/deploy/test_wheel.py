"""The wheel as a user installs it: without an extra it asks a server, and says what else needs."""

import asyncio
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from rewardsvc.local import LocalScorer
from rewardsvc.server import serving
from rewardsvc.settings import Settings
from tests.deploy.extras import ROOT

PACKAGES = ("assay", "sandbox", "rewardsvc", "datagen", "rl")

ASKING = """
import asyncio, json, sys
from rewardsvc import Check, RemoteScorer, ScoreRequest, Target, Task

async def main():
    check = Check(on=Target.DOCUMENTS, expr="[0].data.a", expect="b")
    task = Task(format="kubernetes", instruction="A ConfigMap.", checks=(check,))
    manifest = "apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: a}\\ndata: {a: b}\\n"
    request = ScoreRequest(id="1", task=task, completion=f"```yaml\\n{manifest}```\\n")
    async with RemoteScorer(sys.argv[1]) as scorer:
        (verdict,) = await scorer.score([request])
    print(json.dumps([verdict.id, verdict.status, verdict.components.correctness]))

asyncio.run(main())
"""


def pip(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # What builds it comes from the index; a wheel that cannot be built is a failure, no skip.
    probe = pip("download", "--no-deps", "--retries", "0", "-d", folder / "probe", "hatchling")
    if probe.returncode:
        pytest.skip(f"the package index cannot be reached: {probe.stderr.strip()[-200:]}")
    built = pip("wheel", "--no-deps", "-w", folder, ROOT)
    assert built.returncode == 0, built.stderr
    (found,) = folder.glob("assay-*.whl")
    return found


@pytest.fixture(scope="module")
def sdist(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution; ``wheel`` says that the package index can be reached."""
    folder = tmp_path_factory.mktemp("sdist")
    installed = pip("install", "--target", folder / "hatchling", "hatchling")
    assert installed.returncode == 0, installed.stderr
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(folder / "hatchling")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (found,) = folder.glob("assay-*.tar.gz")
    return found


@pytest.fixture(scope="module")
def base(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a clean environment in which the wheel is installed without an extra."""
    folder = tmp_path_factory.mktemp("base")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    done = pip("--python", folder / "bin/python", "install", wheel)
    assert done.returncode == 0, done.stderr
    return folder / "bin"


def test_the_wheel_has_the_extras_and_every_package_is_typed(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        names = file.namelist()
        (described,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        said = Parser().parsestr(file.read(described).decode())
    assert {"server", "datagen", "rl", "all"} <= set(said.get_all("Provides-Extra", []))
    needed = map(Requirement, said.get_all("Requires-Dist", []))
    assert {each.name for each in needed if "extra" not in str(each.marker)} == {
        "grpcio",
        "protobuf",
        "pydantic",
    }
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)


def test_the_source_distribution_builds_the_same_wheel(
    sdist: Path, wheel: Path, tmp_path: Path
) -> None:
    built = pip("wheel", "--no-deps", "-w", tmp_path, sdist)
    assert built.returncode == 0, built.stderr
    (again,) = tmp_path.glob("assay-*.whl")
    with zipfile.ZipFile(wheel) as first, zipfile.ZipFile(again) as second:
        assert first.namelist() == second.namelist()
        assert all(first.read(name) == second.read(name) for name in first.namelist())
    with tarfile.open(sdist) as file:
        size = sum(member.size for member in file)
    assert size < 20 * 1024 * 1024, "something that is no source is in it"


DOCKERFILE = "```dockerfile\nFROM nginx:1.27.3\nCOPY site/ /srv/\nEXPOSE 8080\nUSER nginx\n```\n"
ROW = {"id": "site", "format": "dockerfile", "instruction": "A site.", "output": DOCKERFILE}
REQUEST = {"id": "1", "task": {"format": "dockerfile"}, "completion": DOCKERFILE}
WORK = {
    "server": (["rewardsvc", "score", "requests.jsonl"], '"reward": 1.0'),
    "datagen": (["datagen", "synth", "--category", "docker", "--count", "1"], "tasks.jsonl"),
    "report": (["python", "-c", "from rewardsvc.report import statistics; print('ok')"], "ok"),
    "teachers": (["python", "-c", "import anthropic, openai; print('ok')"], "ok"),
    "calibrate": (["rewardsvc", "calibrate", "--help"], "Usage"),
    "rl": (["rl", "check", "--help"], "Usage"),
}
"""What an install with an extra can do, and what it prints. ``all`` is their sum."""


@pytest.mark.slow
@pytest.mark.parametrize("extra", sorted(WORK))
def test_an_install_with_an_extra_works_outside_of_the_checkout(
    extra: str, sdist: Path, tmp_path: Path
) -> None:
    """From the source distribution, in an environment of its own; ``rl`` brings torch."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    programs = tmp_path / "env/bin"
    done = pip("--python", programs / "python", "install", f"assay[{extra}] @ {sdist.as_uri()}")
    assert done.returncode == 0, done.stderr
    (tmp_path / "requests.jsonl").write_text(json.dumps(REQUEST) + "\n")
    (tmp_path / "tasks.jsonl").write_text(json.dumps(ROW) + "\n")
    (program, *arguments), says = WORK[extra]
    ran = subprocess.run(
        [programs / program, *arguments],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "ASSAY_CACHE": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert says in ran.stdout


async def test_a_base_install_asks_a_server(base: Path, tmp_path: Path) -> None:
    settings = Settings.load(terraform="cold")
    async with (
        LocalScorer(settings) as scorer,
        serving(scorer, settings, "localhost:0") as address,
    ):
        client = await asyncio.create_subprocess_exec(
            *(base / "python", "-I", "-c", ASKING, address),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        told, words = await client.communicate()
    assert client.returncode == 0, words.decode()
    assert json.loads(told) == ["1", "SCORED", 1.0]


@pytest.mark.parametrize(
    ("command", "extra"),
    [
        (["rewardsvc", "serve"], "server"),
        (["datagen", "synth", "--category", "docker"], "datagen"),
        (["rl", "run", "--tasks", "tasks.jsonl"], "rl"),
    ],
    ids=["rewardsvc", "datagen", "rl"],
)
def test_a_command_of_an_extra_says_what_to_install(
    command: list[str], extra: str, base: Path, tmp_path: Path
) -> None:
    done = subprocess.run(
        [base / command[0], *command[1:]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert not done.stdout
    (line,) = done.stderr.splitlines()
    assert line == f"{command[0]}: click is not installed: pip install 'assay[{extra}]'"


def test_a_public_name_of_the_server_says_what_to_install(base: Path) -> None:
    done = subprocess.run(
        [base / "python", "-I", "-c", "from rewardsvc import Settings"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.endswith("pip install 'assay[server]'\n")
