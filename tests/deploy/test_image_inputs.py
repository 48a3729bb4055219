"""What the image is built from agrees with the rest of the repository."""

import json
import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+) \\$", re.MULTILINE)


def test_the_lock_file_satisfies_every_dependency() -> None:
    text = (ROOT / "deploy/requirements.lock").read_text()
    pinned = {canonicalize_name(name): Version(version) for name, version in _PIN.findall(text)}
    assert len(pinned) == text.count("==")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    for each in map(Requirement, wanted):
        version = pinned.get(canonicalize_name(each.name))
        assert version is not None and version in each.specifier, f"{each}: run deploy/lock.sh"


def test_every_pinned_package_has_checksums_and_none_is_torch() -> None:
    blocks = re.split(r"^(?=\S+==)", (ROOT / "deploy/requirements.lock").read_text(), flags=re.M)
    assert all("--hash=sha256:" in block for block in blocks[1:])
    assert not re.search(r"^(torch|transformers|nvidia)", "".join(blocks), re.M)


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
