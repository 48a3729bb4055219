"""Providers are mirrored by the real terraform, from a signing registry on loopback."""

import asyncio
import hashlib
import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from sandbox.toolchain import Source, discover
from sandbox.toolchain.fetch import FetchOutcome
from sandbox.toolchain.mirror import platform_name
from sandbox.toolchain.providers import mirror_provider
from sandbox.toolchain.setup import SetupPlan, set_up
from sandbox.toolchain.table import ProviderPin
from tests.needs import lacks

NULL = ProviderPin("registry.terraform.io/hashicorp/null", "3.2.4")
PLUGIN = "terraform-provider-null_v3.2.4_x5"
PATH = f"registry.terraform.io/hashicorp/null/3.2.4/{platform_name()}/{PLUGIN}"


class Registry:
    """One provider, as registry.terraform.io's protocol has it, signed with a key of its own."""

    def __init__(self, home: Path) -> None:
        self.files: dict[str, bytes] = {}
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = registry.files.get(self.path)
                self.send_response(200 if content is not None else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, format: str, *args: object) -> None:
                """Keep the test's output clean."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._http.server_port}"
        self.publish(home)
        # A thread, because the server and the client under test must both run.
        self._thread = Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def config(self) -> str:
        """Points Terraform's service discovery for the public registry here."""
        services = f'services = {{ "providers.v1" = "{self.address}/v1/" }}'
        return f'host "registry.terraform.io" {{ {services} }}'

    def publish(self, home: Path) -> None:
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            archive.writestr(PLUGIN, b"\x7fELF the provider")
            archive.writestr("LICENSE.txt", "…")
        os_name, _, arch = platform_name().partition("_")
        name = f"terraform-provider-null_3.2.4_{platform_name()}.zip"
        checksum = hashlib.sha256(made.getvalue()).hexdigest()
        sums = f"{checksum}  {name}\n".encode()
        key_id, armor = _key(home)
        platform = {"os": os_name, "arch": arch}
        release = {
            "protocols": ["5.0"],
            **platform,
            "filename": name,
            "download_url": f"{self.address}/{name}",
            "shasums_url": f"{self.address}/sums",
            "shasums_signature_url": f"{self.address}/sums.sig",
            "shasum": checksum,
            "signing_keys": {"gpg_public_keys": [{"key_id": key_id, "ascii_armor": armor}]},
        }
        versions = [{"version": "3.2.4", "protocols": ["5.0"], "platforms": [platform]}]
        self.files = {
            "/v1/hashicorp/null/versions": json.dumps({"versions": versions}).encode(),
            f"/v1/hashicorp/null/3.2.4/download/{os_name}/{arch}": json.dumps(release).encode(),
            f"/{name}": made.getvalue(),
            "/sums": sums,
            "/sums.sig": _gpg(home, "--detach-sign", stdin=sums),
        }

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def _gpg(home: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    command = ["gpg", "--homedir", str(home), "--batch", "--passphrase", "", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, check=True).stdout


def _key(home: Path) -> tuple[str, str]:
    listed = _gpg(home, "--list-keys", "--with-colons").decode()
    key_id = next(line.split(":")[4] for line in listed.splitlines() if line.startswith("pub:"))
    return key_id, _gpg(home, "--armor", "--export", key_id).decode()


@pytest.fixture(scope="module")
def gpg_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    if shutil.which("gpg") is None:
        pytest.skip("gpg is not here: it signs the registry of this test")
    home = tmp_path_factory.mktemp("g")
    home.chmod(0o700)
    _gpg(home, "--quick-generate-key", "Assay test <test@invalid>", "rsa2048", "sign", "never")
    yield home
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)


@pytest.fixture
def registry(gpg_home: Path) -> Iterator[Registry]:
    running = Registry(gpg_home)
    yield running
    running.close()


@pytest.fixture(scope="module")
def terraform() -> Path:
    tool = discover().tools["terraform"]
    if tool.path is None:
        lacks("terraform", f"terraform is not here: {tool.note}")
    return tool.path


async def test_a_provider_is_mirrored_and_unpacked(
    registry: Registry, terraform: Path, tmp_path: Path
) -> None:
    report = await mirror_provider(NULL, terraform, tmp_path / "m", cli_config=registry.config)
    assert (report.outcome, report.note) == (FetchOutcome.FETCHED, "3.2.4")
    files = [path for path in (tmp_path / "m").rglob("*") if path.is_file()]
    assert files == [tmp_path / "m" / PATH]
    assert files[0].stat().st_mode & 0o111
    found = discover(tmp_path / "tools", tmp_path / "m")
    assert found.providers[NULL.source] == files[0]


async def test_a_provider_with_a_wrong_signature_is_refused(
    registry: Registry, terraform: Path, tmp_path: Path
) -> None:
    registry.files["/sums"] += b"# changed after it was signed\n"
    report = await mirror_provider(NULL, terraform, tmp_path / "m", cli_config=registry.config)
    assert report.outcome is FetchOutcome.REFUSED
    assert report.note.startswith("Error: Invalid provider package"), report.note
    assert "signature" in report.note
    assert list((tmp_path / "m").rglob("*")) == []


async def test_a_version_that_the_registry_does_not_have_is_listed(
    registry: Registry, terraform: Path, tmp_path: Path
) -> None:
    newer = ProviderPin(NULL.source, "9.9.9")
    report = await mirror_provider(newer, terraform, tmp_path / "m", cli_config=registry.config)
    assert report.outcome is FetchOutcome.FAILED
    assert "9.9.9" in report.note


def test_set_up_mirrors_what_no_mirror_has(
    registry: Registry, terraform: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "XDG_DATA_HOME", "XDG_DATA_DIRS"):
        monkeypatch.setenv(name, str(tmp_path / "empty"))
    monkeypatch.delenv("ASSAY_TERRAFORM_MIRROR", raising=False)
    absent = ProviderPin("registry.terraform.io/hashicorp/absent", "1.0.0")
    plan = SetupPlan(
        tmp_path / "tools",
        search_path=str(terraform.parent),
        providers=(absent, NULL),
        schemas=(),
        folders=(),
        registry_config=registry.config,
    )
    done = asyncio.run(set_up(plan, lambda words: None))
    outcomes = {report.name: report.outcome for report in done.reports}
    assert outcomes["absent"] is FetchOutcome.FAILED
    assert outcomes["null"] is FetchOutcome.FETCHED
    assert done.toolchain.tools["terraform"].source in (Source.PATH, Source.FETCHED)
    assert done.toolchain.terraform_mirror == tmp_path / "tools/terraform-mirror"
    assert done.toolchain.providers == {NULL.source: tmp_path / "tools/terraform-mirror" / PATH}
    again = asyncio.run(set_up(plan, lambda words: None))
    assert [report.name for report in again.reports if report.name == "null"] == []
