"""The wheel as a user installs it: without an extra it asks a server, and says what else needs."""

import asyncio
import json
import subprocess
import sys
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
