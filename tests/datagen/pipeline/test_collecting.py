"""``datagen collect``: from a service on loopback, from git and from folders, to verified rows."""

import json
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from datagen.cli import main
from datagen.sources.collected import rest
from rewardsvc.settings import Settings
from rewardsvc.tasks import TaskRow, read_tasks
from sandbox.toolchain import discover
from tests.datagen.repositories import (
    BUCKET,
    COMPOSE,
    GPL,
    MIT,
    WORKFLOW,
    Answered,
    Headers,
    LoopbackService,
    repository,
    served,
)
from tests.needs import lacks

TOKEN = "ghp_" + "a1" * 18
PLAIN = {"compose.yml": COMPOSE, ".github/workflows/test.yml": WORKFLOW}
AWS = "registry.terraform.io/hashicorp/aws"
Environment = pytest.MonkeyPatch


@pytest.fixture(autouse=True)
def _apart(monkeypatch: Environment, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    monkeypatch.delenv("AZURE_DEVOPS_TOKEN", raising=False)


def collect(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["collect", *arguments])


def rows_of(folder: Path) -> list[TaskRow]:
    return list(read_tasks(folder / "tasks.jsonl"))


def told(folder: Path) -> dict[str, object]:
    said: dict[str, object] = json.loads((folder / "collection.json").read_text())
    return said


def lent(tmp_path: Path, *names: str, licence: str = MIT) -> None:
    """Repositories that have little in common."""
    for name in names:
        services = "".join(
            f"  {name}-{role}:\n    image: ghcr.io/{name}/{role}:{len(name)}\n    restart: always\n"
            for role in ("api", "worker", "cache", "index", "mailer")
        )
        compose = f"# What {name} is made of.\nservices:\n{services}"
        repository(tmp_path / "served" / name, {"LICENSE": licence, "compose.yml": compose})


def item(service: LoopbackService, name: str, **more: object) -> dict[str, object]:
    return {
        "full_name": f"acme/{name}",
        "clone_url": f"{service.address}/git/{name}/.git",
        "html_url": f"https://example.org/acme/{name}",
        "license": {"spdx_id": "MIT"},
        "size": 3,
        "fork": False,
        "archived": False,
        **more,
    }


def page(total: int, items: Sequence[object], *, incomplete: bool = False) -> Answered:
    return Answered(
        {"total_count": total, "incomplete_results": incomplete, "items": items},
        headers={"X-RateLimit-Remaining": "29", "X-RateLimit-Reset": "1"},
    )


def test_folders_become_verified_rows_with_their_sources(tmp_path: Path) -> None:
    for name, licence in (("ours", MIT), ("theirs", GPL)):
        repository(tmp_path / name, {"LICENSE": licence, **PLAIN})
    (tmp_path / "ours" / "Dockerfile").write_text('FROM x\nENV AWS="AKIAIOSFODNN7EXAMPLE"\n' * 3)
    out = tmp_path / "out"
    made = collect("local", str(tmp_path / "ours"), str(tmp_path / "theirs"), "--out", str(out))
    assert made.exit_code == 0, made.stderr
    rows = rows_of(out)
    assert {(row.format, row.category) for row in rows} == {
        ("compose", "docker"),
        ("github-actions", "cicd"),
    }
    for row in rows:
        assert row.provenance["repository"] == "local/ours"
        assert row.provenance["licence"] == "MIT"
        assert row.provenance["path"] in PLAIN
        assert PLAIN[str(row.provenance["path"])] in row.output
        assert len(row.checks) >= 3
    (compose,) = (row for row in rows if row.format == "compose")
    assert "`cache` and `worker`" in compose.instruction and "redis:7.4" in compose.instruction
    said = told(out)
    assert said["left"] == {"licence GPL-3.0": 1}
    assert said["dropped"] == {"secret": 1}
    places = said["secrets"]
    assert isinstance(places, list) and len(places) == 3
    place = str(places[0])
    assert place.startswith("local/ours: Dockerfile:2: ") and "AKIA" not in place
    assert place in " ".join(made.stderr.split()) and "AKIA" not in made.stderr
    assert "taken with --licence GPL-3.0" in " ".join(made.stderr.split())
    assert {len(str(row.provenance["commit"])) for row in rows} == {40}
    assert (said["repositories"], said["rows"]) == (2, 2)
    assert "GPL-3.0" in made.stderr and "2 rows of 1 repositories" in made.stderr
    assert "| local/ours |" in (out / "README.md").read_text()
    text = (out / "tasks.jsonl").read_text() + (out / "collection.json").read_text()
    assert str(tmp_path) not in text and time.strftime("%Y-%m-%d") not in text
    other = collect("local", str(tmp_path / "ours"), "--format", "compose", "--out", str(out))
    assert other.exit_code == 2 and "formats" in other.stderr


def test_a_folder_with_its_own_licence_is_under_that(tmp_path: Path) -> None:
    files = {"LICENSE": MIT, "theirs/LICENSE": GPL, "theirs/stack/compose.yml": COMPOSE}
    repository(tmp_path / "ours", {**files, ".github/workflows/test.yml": WORKFLOW})
    out = tmp_path / "out"
    assert collect("local", str(tmp_path / "ours"), "--out", str(out)).exit_code == 0
    assert [row.format for row in rows_of(out)] == ["github-actions"]
    assert told(out)["dropped"] == {"licence GPL-3.0": 1}
    again = ("local", str(tmp_path / "ours"), "--cache-ttl-hours", "1", "--out", str(out))
    assert collect(*again).exit_code == 0  # how long clones are kept is nothing of the rows


def test_a_modules_plan_is_what_decides(tmp_path: Path, terraform: None) -> None:
    broken = {name: text.replace("var.name", "var.nam") for name, text in BUCKET.items()}
    files = {f"good/{name}": text for name, text in BUCKET.items()}
    files |= {f"bad/{name}": text for name, text in broken.items()}
    repository(tmp_path / "infra", {"LICENSE": MIT, **files})
    out = tmp_path / "out"
    made = collect("git", str(tmp_path / "infra"), "--out", str(out))
    assert made.exit_code == 0, made.stderr
    (row,) = rows_of(out)
    assert (row.format, row.provenance["path"]) == ("terraform", "good")
    assert row.files == ("main.tf", "outputs.tf", "variables.tf")
    assert "`aws_s3_bucket.logs` with `force_destroy` true" in row.instruction
    assert 'by default "acme-access-logs" ("Name of the bucket' in row.instruction
    assert row.means is not None and "aws" in row.means.providers
    assert len(str(row.provenance["commit"])) == 40
    (rejected,) = (out / "rejected.jsonl").read_text().splitlines()
    assert "var.nam" in json.loads(rejected)["output"]
    why = CliRunner().invoke(main, ["why", json.loads(rejected)["id"], "--in", str(out)])
    assert "rejected by verify" in why.stdout


@pytest.fixture
def terraform() -> None:
    settings = Settings.load()
    toolchain = discover(settings.tools, settings.terraform_mirror)
    if "terraform" not in toolchain.tools or AWS not in toolchain.providers:
        lacks("terraform", "terraform or its AWS provider is not on this machine")


def test_all_of_a_repository_is_on_one_side(tmp_path: Path) -> None:
    names = ["alder", "birch", "cedar", "hazel", "larch", "maple"]
    lent(tmp_path, *names)
    out = tmp_path / "out"
    folders = [str(tmp_path / "served" / name) for name in names]
    assert collect("local", *folders, "--out", str(out)).exit_code == 0
    sides: dict[object, set[str]] = {}
    for row in rows_of(out):
        sides.setdefault(row.provenance["repository"], set()).add(row.split)
    assert len(sides) == len(names) and all(len(each) == 1 for each in sides.values())
    assert len(set.union(*sides.values())) > 1
    split = CliRunner().invoke(main, ["split", str(out), "--by", "repository"])
    assert split.exit_code == 0, split.stderr


def test_github_is_paged_waited_for_and_asked_once(
    tmp_path: Path, monkeypatch: Environment, pauses: list[float]
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    lent(tmp_path, "network", "cluster", "policy")
    gone = {
        "/repos/acme/deleted": Answered({"message": "Not Found"}, 404),
        "/repos/acme/blocked": Answered({"message": "Repository access blocked"}, 451),
        "/repos/acme/banned": Answered({"message": "Repository access blocked"}, 403),
        "/repos/acme/renamed": Answered(None, 301, {"Location": "/repositories/1"}),
    }
    refusals = [
        Answered({"message": "You have exceeded a secondary rate limit."}, 403),
        Answered({"message": "API rate limit exceeded"}, 429, {"Retry-After": "7"}),
        Answered({"message": "Server Error"}, 502),
        Answered({"total_count": 1}, cut=True),
    ]

    def github(path: str, query: dict[str, str], headers: Headers) -> Answered:
        assert headers["Authorization"] == f"Bearer {TOKEN}"
        if path == "/search/code":
            named = [
                {"repository": {"full_name": f"acme/{name}"}}
                for name in ("deleted", "blocked", "banned", "renamed", "policy", "network")
            ]
            return page(6, named)
        if path in gone:
            return gone[path]
        if path == "/repos/acme/policy":
            return Answered(item(service, "policy"))
        assert path == "/search/repositories" and query["per_page"] == "100"
        if refusals:
            return refusals.pop(0)
        if query["page"] == "1":
            several = [item(service, f"gone-{number}", fork=True) for number in range(99)]
            return page(103, [item(service, "network"), *several])
        return page(
            103,
            [
                item(service, "cluster", license={"spdx_id": "NOASSERTION"}),
                item(service, "network"),
                item(service, "huge", size=10**9),
            ],
        )

    out = tmp_path / "out"
    queries = ("--query", "language:HCL", "--code-query", "filename:compose.yml")
    arguments = ("github", *queries, "--out", str(out))
    with served(github, tmp_path / "served") as service:
        made = collect(*arguments, "--api", service.address)
        assert made.exit_code == 0, made.stderr
        assert pauses[:4] == [60.0, 7.0, 8.0, 8.0]
        first = (out / "tasks.jsonl").read_bytes()
        asked, cloned = len(service.asked), len(service.cloned)
        again = collect(*arguments, "--api", service.address)
        assert again.exit_code == 0, again.stderr
        assert service.asked[asked:] == list(gone)  # what is not there is not kept
        assert len(service.cloned) == cloned
        assert (out / "tasks.jsonl").read_bytes() == first
        assert asked == 8 + len(gone)
    rows = rows_of(out)
    assert {row.provenance["repository"] for row in rows} == {
        "github.com/acme/network",
        "github.com/acme/cluster",
        "github.com/acme/policy",
    }
    assert told(out)["left"] == {"a fork": 99, "too large": 1, "gone": 4}
    written = [each for folder in (out, tmp_path / "cache") for each in folder.rglob("*")]
    assert not any(TOKEN.encode() in each.read_bytes() for each in written if each.is_file())
    assert TOKEN not in made.stderr + made.stdout


@pytest.fixture
def pauses(monkeypatch: Environment) -> list[float]:
    """Pauses that a service asks for, which nobody makes here."""
    made: list[float] = []

    async def at_once(seconds: float) -> None:
        made.append(seconds)

    original = rest.RestService.__init__

    def hasty(self: rest.RestService, *positional: object, **named: object) -> None:
        original(self, *positional, **named, sleep=at_once)  # type: ignore[arg-type]

    monkeypatch.setattr(rest.RestService, "__init__", hasty)
    return made


def test_a_search_with_more_than_is_shown_is_cut_by_days(tmp_path: Path) -> None:
    """Of 1,500 repositories all are found, though 1,000 are shown of a search."""
    born = [(date(2015, 1, 1) + timedelta(days=2 * number)).isoformat() for number in range(1500)]

    def github(path: str, query: dict[str, str], headers: object) -> Answered:
        _, _, days = query["q"].partition("created:")
        since, _, until = days.partition("..")
        matching = [day for day in born if not days or since <= day <= until]
        start = 100 * (int(query["page"]) - 1)
        assert start < 1000
        shown = [item(service, day, archived=True) for day in matching[start : start + 100]]
        return page(len(matching), shown)

    out = tmp_path / "out"
    with served(github, tmp_path / "served") as service:
        made = collect(
            *("github", "--api", service.address, "--max-repos", "5000", "--out", str(out)),
        )
    assert made.exit_code == 1  # all of them are archived
    assert told(out)["left"] == {"archived": 1500}
    assert told(out)["incomplete_searches"] == 0


def test_azure_goes_on_by_its_token_of_continuation(
    tmp_path: Path, monkeypatch: Environment, pauses: list[float]
) -> None:
    monkeypatch.setenv("AZURE_DEVOPS_TOKEN", "t0ken")
    lent(tmp_path, "network", "cluster")

    def azure(path: str, query: dict[str, str], headers: Headers) -> Answered:
        assert headers["Authorization"] == "Basic OnQwa2Vu"
        if path == "/acme/_apis/projects":
            if "continuationToken" not in query:
                following = {"x-ms-continuationtoken": "1", "Retry-After": "3"}
                return Answered({"value": [{"id": "p1", "name": "one"}]}, headers=following)
            return Answered({"value": [{"id": "p2", "name": "two"}]})
        name = {"p1": "network", "p2": "cluster"}[path.split("/")[2]]
        remote = service.address.replace("//", "//acme@") + f"/git/{name}/.git"
        found = {"name": name, "remoteUrl": remote, "size": 4096}
        return Answered({"value": [found, {"name": "x", "remoteUrl": "", "isDisabled": True}]})

    out = tmp_path / "out"
    with served(azure, tmp_path / "served") as service:
        made = collect("azure", "acme", "--api", service.address, "--out", str(out))
        assert made.exit_code == 0, made.stderr
        assert {header for _, header in service.cloned} == {"Basic OnQwa2Vu"}
    assert pauses == [3.0]
    assert {row.provenance["repository"] for row in rows_of(out)} == {
        "dev.azure.com/acme/one/network",
        "dev.azure.com/acme/two/cluster",
    }


@pytest.mark.parametrize(
    ("arguments", "answer", "code", "said"),
    [
        (("github",), Answered({"message": "Bad credentials"}, 401), 1, "GITHUB_TOKEN"),
        (("github",), Answered({"message": "Validation Failed"}, 422), 1, "Validation Failed"),
        (("github",), Answered(None, 302, {"Location": "http://x/"}), 1, "302"),
        (("github",), Answered({"items": 3}), 1, "GitHub's answer"),
        (("github", "--code-query", "x"), Answered({}), 2, "GITHUB_TOKEN is not set"),
        (("azure", "acme"), Answered(None, 203), 1, "AZURE_DEVOPS_TOKEN"),
    ],
)
def test_what_a_service_refuses_is_said(
    arguments: tuple[str, ...], answer: Answered, code: int, said: str, tmp_path: Path
) -> None:
    with served(lambda *_: answer, tmp_path) as service:
        made = collect(*arguments, "--api", service.address, "--out", str(tmp_path / "out"))
    assert made.exit_code == code
    assert said in made.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--min-quality", "3"), "min_quality"),
        (("--format", "terrafrom"), "terraform"),
        (("--settings", "{file}"), "min_terraform_file"),
    ],
)
def test_a_wrong_setting_is_named(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    file = tmp_path / "collect.yaml"
    file.write_text("min_terraform_file: 3\n")
    given = [each.replace("{file}", str(file)) for each in arguments]
    made = collect("local", str(tmp_path), *given, "--out", str(tmp_path / "out"))
    assert made.exit_code == 2
    assert said in made.stderr
