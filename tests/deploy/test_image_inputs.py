"""What is installed, here and in the image, agrees with the rest of the repository."""

import json
import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.deploy.extras import PROJECT, ROOT, requirements

LOCKS = {"requirements": ("server", "datagen"), "development": ("all", "dev")}
"""The extras that each lock file covers."""


def pinned(lock: str) -> dict[str, set[Version]]:
    """The versions of each package; several where they differ by Python."""
    versions: dict[str, set[Version]] = {}
    for line in (ROOT / f"deploy/{lock}.lock").read_text().splitlines():
        if line and line[0] not in " #":
            name, _, version = line.removesuffix(" \\").partition(" ;")[0].partition("==")
            versions.setdefault(canonicalize_name(name), set()).add(Version(version))
    return versions


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_satisfies_every_dependency(lock: str) -> None:
    wanted = [*map(Requirement, PROJECT["build-system"]["requires"]), *requirements(*LOCKS[lock])]
    versions = pinned(lock)
    for each in wanted:
        if each.name == "torch":
            continue
        found = versions.get(canonicalize_name(each.name), set())
        assert found, f"{each}: run deploy/lock.sh"
        assert all(version in each.specifier for version in found), f"{each}: run deploy/lock.sh"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pinned_package_has_checksums_and_none_differs_by_machine(lock: str) -> None:
    text = (ROOT / f"deploy/{lock}.lock").read_text()
    blocks = re.split(r"^(?=[^\s#])", text, flags=re.M)
    assert len(blocks) > 90
    assert all("--hash=sha256:" in block for block in blocks[1:])
    assert not re.search(r"^(torch|triton|nvidia|cuda)", text, re.M)
    assert "://" not in text  # it holds for every index


def test_the_image_has_the_versions_that_are_tested() -> None:
    tested = pinned("development")
    for name, versions in pinned("requirements").items():
        assert versions <= tested[name], name


def test_the_seccomp_profile_adds_what_bubblewrap_needs_and_nothing_more() -> None:
    profile = json.loads((ROOT / "deploy/seccomp.json").read_text())
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    allowed = [rule["names"] for rule in profile["syscalls"] if rule["action"] == "SCMP_ACT_ALLOW"]
    assert sorted(allowed[-1]) == [
        "clone", "mount", "pivot_root", "sethostname", "umount2", "unshare"
    ]  # fmt: skip
    names = {name for rule in allowed for name in rule}
    assert not names & {
        "add_key", "bpf", "init_module", "keyctl", "kexec_load", "open_by_handle_at",
        "perf_event_open", "reboot", "request_key", "setns", "swapon", "userfaultfd",
    }  # fmt: skip
