"""The wheel as a user installs it: without an extra it asks a server, and says what else needs."""

import asyncio
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from email.parser import Parser
from pathlib import Path
from random import Random

import pytest
from packaging.requirements import Requirement

from datagen.categories import CATEGORIES
from datagen.sources import TopicSource
from datagen.teachers.base import pair_as_json
from rewardsvc.local import LocalScorer
from rewardsvc.server import serving
from rewardsvc.settings import Settings
from tests.deploy.environments import bring, environment, installed_with
from tests.deploy.extras import PROJECT, ROOT
from tests.rewardsvc.judge.judge_api import Asked, judge_api, rating, winner

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
    programs = environment(tmp_path_factory.mktemp("base"))
    done = pip("--python", programs / "python", "install", wheel)
    assert done.returncode == 0, done.stderr
    return programs


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


DOCKERFILE = "FROM nginx:1.27.3\nCOPY site/ /srv/\nEXPOSE 8080\nUSER nginx\n"
ANSWER = f"```dockerfile\n{DOCKERFILE}```\n"
ROW = {
    "format": "dockerfile",
    "instruction": "A site.",
    "output": ANSWER,
    "checks": [{"kind": "jmespath", "on": "ast", "expr": "final.user", "expect": "nginx"}],
    "means": {},  # else read from the answer, which takes the server's extra
    "split": "train",
}
REQUEST = {"id": "1", "task": {"format": "dockerfile", "instruction": "A site."}}
TINY = (
    *("model.layers=1", "model.hidden=32", "model.heads=2", "model.min_chunk_count=3"),
    *("sft.steps=1", "sft.batch_size=2", "sft.validation=null"),  # nobody is there to validate
)


@dataclass(frozen=True, slots=True)
class Work:
    """What installs with some extras can do, and what it prints or leaves behind.

    ``JUDGE`` and ``TEACHER`` stand for models; one is a judge to whom everything is excellent, the
    other one writes the same answer again and again.
    """

    command: str
    says: str = ""
    leaves: str = ""


SERVED = """\
FROM nginx:1.27.3
COPY site/ /usr/share/nginx/html/
EXPOSE 8080
USER nginx
HEALTHCHECK CMD ["nginx", "-t"]
"""

WORK = {
    "server": Work("rewardsvc score requests.jsonl", says='"reward": 1.0'),
    "server,judge": Work("rewardsvc score requests.jsonl --judge JUDGE", says='"name": "judge"'),
    "datagen,teachers": Work(
        "datagen synth --category docker --topics go-static --count 1 --teacher TEACHER --out .",
        leaves="tasks.jsonl",
    ),
    "calibrate": Work(
        "rewardsvc calibrate rows.jsonl --judge JUDGE --out .", leaves="calibration.png"
    ),
    "rl": Work(
        f"rl sft --tasks rows.jsonl --out run {' '.join(f'--set {each}' for each in TINY)}",
        leaves="run/sft/model/model.safetensors",
    ),
    "export": Work(
        "datagen export rows.jsonl --files parquet --out exported",
        leaves="exported/messages/train.parquet",
    ),
    "collect": Work(
        "datagen collect local served --unknown-licences --cache cache --out collected",
        leaves="collected/tasks.jsonl",
    ),
    "all": Work("rl check rows.jsonl"),  # what trains scores in process
}
"""By extras."""


def said_by_a_model(asked: Asked) -> str:
    """A rating to a judge's prompt, a Dockerfile to a teacher's, as it was posed."""
    topic = next(each for each in CATEGORIES["docker"].topics if each.name == "go-static")
    source = TopicSource("docker", topic, 0)
    for record in filter(None, map(source.record, range(8))):
        if asked.prompt.endswith(record.task.instruction):
            spec = type(topic.sample(Random(0)))(**record.provenance["spec"])
            return pair_as_json(record.task.instruction, str(topic.answer(spec)))
    return winner("first") if "winner" in str(asked.schema) else rating()


async def works(extras: str, programs: Path, folder: Path) -> None:
    """Have an install do what its extras are for, in a folder that is not the checkout."""
    rows = [{**ROW, "id": f"site-{number}"} for number in range(2)]
    (folder / "rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    (folder / "requests.jsonl").write_text(json.dumps({**REQUEST, "completion": ANSWER}))
    (folder / "served").mkdir()
    (folder / "served" / "Dockerfile").write_text(SERVED)
    own = {"PATH": f"{programs}:{os.environ['PATH']}", "ASSAY_CACHE": "false"}
    keys = dict.fromkeys(("OPENAI_API_KEY", "ANTHROPIC_API_KEY"), "no key")
    async with judge_api() as api:
        api.opinion = said_by_a_model
        models = {"JUDGE": api.judge("openai"), "TEACHER": api.judge("anthropic")}
        program, *words = WORK[extras].command.split()
        ran = await asyncio.create_subprocess_exec(
            *(str(programs / program), *(models.get(word, word) for word in words)),
            cwd=folder,
            env={**os.environ, **keys, **own},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        told, warned = await ran.communicate()
    assert ran.returncode == 0, warned.decode()
    assert WORK[extras].says in told.decode(), told.decode()
    assert (folder / WORK[extras].leaves).exists(), warned.decode()


@pytest.fixture(scope="module")
def growing(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The programs of two environments with the wheel alone, for what trains and for all else.

    Below folders of pytest's own, which are private: boxes have another user.
    """
    found = {}
    for name in ("rl", "server"):
        found[name] = environment(tmp_path_factory.mktemp(name) / "env")
        done = pip("--python", found[name] / "python", "install", "--no-deps", wheel)
        assert done.returncode == 0, done.stderr
    return found


@pytest.mark.parametrize("extras", [each for each in WORK if each != "all"])
async def test_with_its_extras_alone_the_wheel_works_outside_of_the_checkout(
    extras: str, growing: Mapping[str, Path], tmp_path: Path
) -> None:
    """What they bring are the files that are installed here. Each but ``rl`` brings all that the
    ones before it bring, so that one environment grows."""
    programs = growing["rl" if extras == "rl" else "server"]
    bring(programs.parent, *extras.split(","))
    await works(extras, programs, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("extras", sorted(WORK))
async def test_an_install_from_the_index_works_outside_of_the_checkout(
    extras: str, sdist: Path, tmp_path: Path
) -> None:
    """From the source distribution; ``rl`` brings torch."""
    programs = environment(tmp_path / "env")
    done = pip("--python", programs / "python", "install", f"assay[{extras}] @ {sdist.as_uri()}")
    assert done.returncode == 0, done.stderr
    await works(extras, programs, tmp_path)


def test_there_is_work_for_every_extra() -> None:
    """``gpu`` needs one, ``ray`` a cluster; of ``commands`` and ``report`` others are made; ``all``
    is their sum, and what these tests run with."""
    worked = {each for extras in WORK for each in extras.split(",")}
    others = {"dev", "gpu", "ray", "commands", "report"}
    assert worked == set(PROJECT["project"]["optional-dependencies"]) - others
    assert installed_with("all") == installed_with(*(worked - {"all"}))


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
