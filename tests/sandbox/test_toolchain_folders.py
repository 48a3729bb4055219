"""Folders of Python distributions: made by pip from what is pinned, and Ansible's in particular."""

import ast
import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.toolchain import Source, discover
from sandbox.toolchain.ansible import ANSIBLE, LOCK, MODULES_INDEX, NAME, SETTINGS, STAND_INS
from sandbox.toolchain.fetch import FetchOutcome, FetchReport
from sandbox.toolchain.python_folder import PythonFolder
from sandbox.toolchain.setup import Done
from tests.needs import lacks
from tests.sandbox.test_toolchain_setup import run

METADATA = "Metadata-Version: 2.1\nName: speaker\nVersion: 1.0\n"


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel in a folder that pip looks into, and nowhere else."""
    folder = tmp_path / "index"
    folder.mkdir()
    path = folder / "speaker-1.0-py3-none-any.whl"
    info = "speaker-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("speaker.py", "print('hello')\n")
        made.writestr(f"{info}/METADATA", METADATA)
        made.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        made.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return path


def wanted(tmp_path: Path, sha256: str) -> PythonFolder:
    lock = tmp_path / "speaker.lock"
    lock.write_text(f"speaker==1.0 --hash=sha256:{sha256}\n")
    asked = ("--no-deps", "--require-hashes", "--requirement", str(lock))
    pinned = ("speaker==1.0",)
    return replace(ANSIBLE, pinned=pinned, arguments=asked, version="1.0", finish=lambda made: None)


@pytest.fixture(autouse=True)
def without_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mirror that the environment names would be linked into the tools folder."""
    monkeypatch.delenv("ASSAY_TERRAFORM_MIRROR", raising=False)


def install(tmp_path: Path, folder: PythonFolder) -> Done:
    return run(tmp_path, folders=(folder,))


def test_set_up_makes_a_folder_that_is_missing_or_of_other_pins(
    tmp_path: Path, wheel: Path
) -> None:
    folder = wanted(tmp_path, hashlib.sha256(wheel.read_bytes()).hexdigest())
    done = install(tmp_path, folder)
    assert done.reports == (FetchReport(NAME, FetchOutcome.FETCHED, "1.0"),)
    place = tmp_path / "tools" / NAME
    tool, digest = folder.find(place)
    assert (tool.version, tool.source, tool.path) == ("1.0", Source.FETCHED, place)
    assert digest and (place / "speaker.py").is_file()
    other, _ = replace(folder, pinned=("speaker==2.0",)).find(place)
    assert other.source is Source.MISSING and "by another version" in other.note


def test_a_distribution_with_another_checksum_is_refused(tmp_path: Path, wheel: Path) -> None:
    done = install(tmp_path, wanted(tmp_path, "0" * 64))
    assert done.refused
    assert hashlib.sha256(wheel.read_bytes()).hexdigest() in done.reports[0].note
    assert list((tmp_path / "tools").iterdir()) == []


def test_without_an_index_the_folder_stays_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    done = install(tmp_path, wanted(tmp_path, "0" * 64))
    assert [each.outcome for each in done.reports] == [FetchOutcome.UNREACHABLE]
    assert not done.refused and list((tmp_path / "tools").iterdir()) == []


def test_everything_of_ansible_is_pinned_with_checksums() -> None:
    text = LOCK.read_text()
    blocks = re.split(r"^(?=\S)", text, flags=re.M)[1:]
    pins = [block.split()[0] for block in blocks]
    assert [pin for pin in ANSIBLE.pinned if "==" in pin] == pins
    wanted = [line.split()[0] for line in LOCK.with_suffix(".in").read_text().splitlines()]
    assert set(pins) >= {pin for pin in wanted if pin != "#"}
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text  # it holds for every index


def test_a_folder_whose_programs_do_not_run_is_none(tmp_path: Path, wheel: Path) -> None:
    folder = wanted(tmp_path, hashlib.sha256(wheel.read_bytes()).hexdigest())
    done = install(tmp_path, replace(folder, finish=ANSIBLE.finish))
    assert [each.outcome for each in done.reports] == [FetchOutcome.FAILED]
    assert "ansible-doc does not run" in done.reports[0].note
    assert list((tmp_path / "tools").iterdir()) == []


@pytest.fixture(scope="module")
def ansible() -> Path:
    path = discover().tools[NAME].path
    if path is None:
        lacks("ansible", "ansible is missing: run `make setup` where the package index is reached")
    return path


def asked(folder: Path, *words: str) -> str:
    """What a program of the folder prints where it is configured as in a box."""
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(folder),
        "HOME": "/nonexistent",
        "ANSIBLE_HOME": "/nonexistent",
        **SETTINGS,
    }
    return subprocess.run(
        [sys.executable, "-S", "-P", "-m", "ansible", *words],
        env=env, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip


def said(folder: Path, name: str) -> str:
    """What its stand-in prints."""
    program = folder / STAND_INS / name
    return subprocess.run([program], capture_output=True, text=True, check=True).stdout


def test_what_stands_in_for_ansibles_programs_says_what_they_say(ansible: Path) -> None:
    assert asked(ansible, "adhoc", "--version").startswith(said(ansible, "ansible"))
    plugins = json.loads(asked(ansible, "doc", "--json", "-l", "-t", "become"))
    assert plugins.keys() == json.loads(said(ansible, "ansible-doc")).keys()
    assert said(ansible, "ansible-playbook") == ""
    settings = dict(
        line.partition("(")[::2] for line in asked(ansible, "config", "dump").splitlines() if line
    )
    for line in said(ansible, "ansible-config").splitlines():
        name, _, value = line.partition("(env) = ")
        assert ast.literal_eval(settings[name].partition("= ")[2]) == ast.literal_eval(value), name


def test_the_index_has_what_ansible_documents_and_where_modules_have_gone(ansible: Path) -> None:
    index = json.loads((ansible / MODULES_INDEX).read_text())
    modules, redirects = index["modules"], index["redirects"]
    assert len(modules) > 60
    assert modules["ansible.builtin.service"]["state"]["choices"] == [
        "reloaded", "restarted", "started", "stopped"
    ]  # fmt: skip
    assert modules["ansible.builtin.file"]["path"]["aliases"] == ["dest", "name"]
    assert modules["ansible.builtin.template"]["dest"]["required"] is True
    assert redirects["ufw"] == "community.general.ufw"
    assert redirects["yum"] == "ansible.builtin.dnf"
