"""Modules are mirrored by the real terraform, from a registry on loopback, git, or a folder."""

import io
import json
import subprocess
import tarfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner

from sandbox.hcl.addresses import RegistryAddress, is_known_module, registry_address
from sandbox.terraform.modules import chosen
from sandbox.toolchain import Source, discover
from sandbox.toolchain.__main__ import main
from sandbox.toolchain.discover import discover as look
from sandbox.toolchain.fetch import FetchOutcome
from sandbox.toolchain.module_fetch import mirror_module
from sandbox.toolchain.modules import MODULE_FOLDER, MODULES_TOOL, find_modules
from sandbox.toolchain.table import MODULES, ModulePin
from tests.needs import lacks

NET = ModulePin("acme/net/aws", "1.2.0")
INNER = 'module "label" {\n  source  = "acme/label/aws"\n  version = "~> 1.0"\n}\n'


class ModuleRegistry:
    """Modules, as https://developer.hashicorp.com/terraform/internals/module-registry-protocol
    has it."""

    def __init__(self) -> None:
        self.versions: dict[str, list[str]] = {}
        self.packages: dict[str, bytes] = {}
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                where, content = registry.answer(self.path)
                found = where is not None or content is not None
                self.send_response(404 if not found else 204 if where else 200)
                if where:
                    self.send_header("X-Terraform-Get", where)
                else:
                    self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                if not where:
                    self.wfile.write(content or b"")

            def do_HEAD(self) -> None:
                self.do_GET()

            def log_message(self, format: str, *args: object) -> None:
                """Keep the test's output clean."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def config(self) -> str:
        services = f'services = {{ "modules.v1" = "{self.address}/v1/modules/" }}'
        return f'host "registry.terraform.io" {{ {services} }}'

    def publish(self, name: str, version: str, files: dict[str, str]) -> None:
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w:gz") as archive:
            for path, text in files.items():
                entry = tarfile.TarInfo(path)
                entry.size = len(text.encode())
                archive.addfile(entry, io.BytesIO(text.encode()))
        self.versions.setdefault(name, []).append(version)
        self.packages[f"/{name}/{version}.tar.gz"] = made.getvalue()

    def answer(self, path: str) -> tuple[str | None, bytes | None]:
        """The address of a package, or a document."""
        asked = path.partition("?")[0]
        if asked in self.packages:
            return None, self.packages[asked]
        for name, versions in self.versions.items():
            if asked == f"/v1/modules/{name}/versions":
                listed = [{"version": each} for each in versions]
                return None, json.dumps({"modules": [{"versions": listed}]}).encode()
            for version in versions:
                if asked == f"/v1/modules/{name}/{version}/download":
                    return f"{self.address}/{name}/{version}.tar.gz?archive=tar.gz", None
        return None, None

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture
def registry() -> Iterator[ModuleRegistry]:
    running = ModuleRegistry()
    running.publish("acme/net/aws", "1.2.0", {
        "main.tf": INNER, "modules/inner/main.tf": "", "templates/a.tftpl": "a"
    })  # fmt: skip
    running.publish("acme/label/aws", "1.0.3", {"main.tf": 'output "text" {\n  value = "a"\n}\n'})
    yield running
    running.close()


@pytest.fixture(scope="module")
def terraform() -> Path:
    tool = discover().tools["terraform"]
    if tool.path is None:
        lacks("terraform", f"terraform is not on this machine: {tool.note}")
    assert tool.path is not None
    return tool.path


def _left_over(folder: Path) -> list[Path]:
    return list(folder.rglob(".*"))


async def test_a_module_comes_from_the_registry_with_what_it_calls(
    registry: ModuleRegistry, terraform: Path, tmp_path: Path
) -> None:
    report = await mirror_module(NET, terraform, tmp_path, cli_config=registry.config)
    assert (report.outcome, report.note) == (FetchOutcome.FETCHED, "1.2.0")
    found = find_modules(tmp_path)
    assert {name: set(versions) for name, versions in found.modules.items()} == {
        "acme/net/aws": {"1.2.0"},
        "acme/label/aws": {"1.0.3"},
    }
    net = found.modules["acme/net/aws"]["1.2.0"]
    assert (net / "main.tf").read_text() == INNER
    assert (net / "templates/a.tftpl").read_text() == "a"
    assert _left_over(tmp_path) == []


async def test_what_the_registry_does_not_have_leaves_the_mirror_as_it_was(
    registry: ModuleRegistry, terraform: Path, tmp_path: Path
) -> None:
    await mirror_module(NET, terraform, tmp_path, cli_config=registry.config)
    before = find_modules(tmp_path)
    newer = ModulePin("acme/net/aws", "9.9.9")
    report = await mirror_module(newer, terraform, tmp_path, cli_config=registry.config)
    assert report.outcome is FetchOutcome.FAILED and report.note
    assert find_modules(tmp_path) == before


async def test_where_the_registry_has_none_its_repository_is_asked_for_the_tag(
    registry: ModuleRegistry, terraform: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = tmp_path / "repository"
    repository.mkdir()
    (repository / "main.tf").write_text('output "a" {\n  value = 1\n}\n')

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        subprocess.run(
            ["git", *identity, *arguments], cwd=repository, check=True, capture_output=True
        )

    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "One")
    git("tag", "v3.0.0")
    monkeypatch.setattr(ModulePin, "repository", property(lambda _: f"file://{repository}"))
    pin = ModulePin("acme/other/aws", "3.0.0")
    report = await mirror_module(pin, terraform, tmp_path / "mirror", cli_config=registry.config)
    assert report.outcome is FetchOutcome.FETCHED, report
    (place,) = find_modules(tmp_path / "mirror").modules["acme/other/aws"].values()
    assert sorted(path.name for path in place.iterdir()) == ["main.tf"]


def _given(tmp_path: Path, text: str = 'output "a" {\n  value = 1\n}\n') -> Path:
    place = tmp_path / "given/acme/own/aws/0.1.0"
    place.mkdir(parents=True, exist_ok=True)
    (place / "main.tf").write_text(text)
    return tmp_path / "given"


def test_a_folder_of_ones_own_is_added_and_shown_and_in_the_digest(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    before = look(tools, search_path="")
    assert before.tools[MODULES_TOOL].source is Source.MISSING
    arguments = ["modules", "--tools", str(tools), "--from"]
    done = CliRunner().invoke(main, [*arguments, str(_given(tmp_path))])
    assert (done.exit_code, done.stdout) == (0, "acme/own/aws 0.1.0\n")
    after = look(tools, search_path="")
    assert "acme/own/aws 0.1.0" in after.tools[MODULES_TOOL].note
    assert list(after.terraform_modules["acme/own/aws"]) == ["0.1.0"]
    CliRunner().invoke(main, [*arguments, str(_given(tmp_path, 'output "b" {\n  value = 2\n}\n'))])
    changed = look(tools, search_path="")
    assert len({before.digest, after.digest, changed.digest}) == 3


def test_a_folder_without_modules_is_refused(tmp_path: Path) -> None:
    (tmp_path / "acme/own").mkdir(parents=True)
    done = CliRunner().invoke(
        main, ["modules", "--tools", str(tmp_path / "tools"), "--from", str(tmp_path)]
    )
    assert done.exit_code == 2 and "NAMESPACE/NAME/PROVIDER/VERSION" in done.output
    assert not (tmp_path / "tools" / MODULE_FOLDER).exists()


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', "{"])
def test_a_mirror_with_a_broken_index_is_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text(text)
    assert find_modules(tmp_path).tool.source is Source.MISSING


# --- addresses and versions ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("acme/net/aws", RegistryAddress("registry.terraform.io", "acme/net/aws")),
        (
            "acme/net/aws//modules/a",
            RegistryAddress("registry.terraform.io", "acme/net/aws", "modules/a"),
        ),
        ("registry.opentofu.org/a/b/aws", RegistryAddress("registry.opentofu.org", "a/b/aws")),
        ("app.terraform.io/acme/net/aws", None),
        ("acme/net", None),
        ("./acme/net/aws", None),
        ("acme/net/aws//../../etc", None),
        ("github.com/acme/net", None),
        ("git::https://example.com/net.git", None),
        ("acme/net/aws?ref=v1", None),
    ],
)
def test_an_address_of_a_public_registry_is_told(
    source: str, address: RegistryAddress | None
) -> None:
    assert registry_address(source) == address


def test_every_module_of_the_table_is_known_by_its_address() -> None:
    assert len(MODULES) >= 10
    assert all(is_known_module(f"{pin.source}//modules/x") for pin in MODULES)
    assert not is_known_module("acme/net/aws")


@pytest.mark.parametrize(
    ("constraint", "version"),
    [
        (None, ("2.0.0", True)),
        ("~> 1.0", ("1.10.0", True)),
        ("1.2.0", ("1.2.0", True)),
        ("< 1.10", ("1.2.0", True)),
        ("1.5.0", ("1.10.0", False)),
        ("~> 1.20", ("1.10.0", False)),
        (">= 3.0", None),
    ],
)
def test_a_version_is_the_newest_that_is_allowed_or_one_of_its_major(
    constraint: str | None, version: tuple[str, bool] | None
) -> None:
    assert chosen(["1.2.0", "2.0.0", "1.10.0"], constraint) == version
    assert chosen([], constraint) is None
