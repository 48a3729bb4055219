"""What a machine shows of a run from outside: processes, mounts, sockets, groups, files.

Whoever else works on the machine leaves traces too; so only those count that carry our marks: the
process id in a control group's name, our folder for temporary files, the attack's own mark. What
is replaced as a matter of course (a warm provider, a container) has another number or random name
afterwards; so names are compared without them, and counted.
"""

import asyncio
import os
import re
import secrets
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.cgroups import PREFIX, hierarchies

SETTLE_SECONDS = 20.0
"""A warm part that a case used up is replaced in the background; on two cores it takes a while."""

_RANDOM = re.compile(r"(?<=assay-)(?:\w+-)?\w{8}\b|[0-9a-f]{12,}|\d+")
_OF_A_PROVIDER = re.compile(
    r" forward\.py$| zygote\.py$|terraform-provider|/provider-#|/run-#/?$|/jobs\.sock$|^zombie$"
)
"""What comes with each provider, or reader of texts, that a pool adds."""
_KEPT = re.compile(r"slot-\d+")
"""A folder for the sockets of one run at a time: as many as runs were under way at once."""
_NOT_OURS = ("/var/lib/docker/", "/run/docker/", "/var/run/docker/", "/run/containerd/")


def new_mark() -> str:
    """A word that nothing else on the machine contains."""
    return f"mark-{secrets.token_hex(12)}"


def marked(mark: str) -> list[str]:
    """The processes whose environment or command line has the mark; children inherit it."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        if int(path.name) == os.getpid():
            continue
        for name in ("environ", "cmdline"):
            if mark.encode() in _bytes(path / name):
                words = _bytes(path / "cmdline").replace(b"\0", b" ").decode(errors="replace")
                found.append(f"{path.name} {words[:200]}")
                break
    return found


@dataclass(frozen=True, slots=True)
class Traces:
    """What there is at one moment, each name with how often it occurs."""

    children: Counter[str] = field(default_factory=Counter)
    mounts: Counter[str] = field(default_factory=Counter)
    sockets: Counter[str] = field(default_factory=Counter)
    groups: Counter[str] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)
    probes: int = 0
    """Probes of the machine's pace, which are in none of the others: one starts when something is
    slow for the first time, and stays."""

    def beyond(self, before: "Traces", spare: int = 0) -> dict[str, Counter[str]]:
        """What there is now and was not before, by kind; {} where there is nothing.

        ``spare``: how many more warm providers there may be.
        """
        found = {}
        for kind in ("children", "mounts", "sockets", "groups", "files"):
            surplus = getattr(self, kind) - getattr(before, kind)
            allowed = Counter({name: 2 * spare for name in surplus if _OF_A_PROVIDER.search(name)})
            if more := surplus - allowed:
                found[kind] = more
        return found


def traces(pid: int, temporary: Path) -> Traces:
    """Those of the process ``pid`` and its descendants, whose temporary files lie in a folder."""
    paths = list(_below(temporary))
    sockets = [path for path in paths if path.name == "probe.sock"]
    folders = {path.parent.parent for path in sockets}
    children = {child: _words(child) for child in _descendants(pid)}
    probing = {
        child for child, words in children.items() if {str(path) for path in sockets} & {*words}
    }
    taken = tuple(tail for child in probing for tail in _groups_of(child))
    return Traces(
        children=Counter(_name(words) for child, words in children.items() if child not in probing),
        mounts=Counter(
            _plain(point)
            for line in Path("/proc/self/mountinfo").read_text().splitlines()
            if not (point := line.split(" ")[4]).startswith(_NOT_OURS)
        ),
        sockets=Counter(
            _plain(line.split()[7])
            for line in Path("/proc/net/unix").read_text().splitlines()[1:]
            if len(line.split()) > 7 and line.split()[7].startswith(str(temporary))
        ),
        groups=Counter(
            _plain(str(path)) for path in _groups(pid) if not str(path).endswith(taken or "\0")
        ),
        files=Counter(
            _plain(str(path))
            for path in paths
            if not _KEPT.fullmatch(path.name) and not folders & {path, *path.parents}
        ),
        probes=len(folders),
    )


def containers(pid: int) -> list[str]:
    """The containers that the process ``pid`` made, of the engine that is there; by their id."""
    label = '{{.ID}} {{.Label "assay.process"}}'
    asked = ("docker", "ps", "--all", "--no-trunc", "--format", label)
    try:
        ran = subprocess.run(asked, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return []
    if ran.returncode and "connect to the Docker daemon" in ran.stderr:
        return []  # no engine, so no container
    assert ran.returncode == 0, ran.stderr
    said = ran.stdout
    return [line for line in said.splitlines() if f" {pid}-" in line]


async def left_beyond(
    before: Traces, now: Callable[[], Traces], seconds: float = SETTLE_SECONDS, spare: int = 0
) -> dict[str, Counter[str]]:
    """What is there beyond ``before`` once replacements have settled; {} as soon as nothing is."""
    until = time.monotonic() + seconds
    while (left := now().beyond(before, spare)) and time.monotonic() < until:  # noqa: ASYNC110 (files)
        await asyncio.sleep(0.05)
    return left


async def settled(now: Callable[[], Traces]) -> Traces:
    """What there is once nothing comes or goes for a second: nobody is just being replaced."""
    found, same = now(), 0
    until = time.monotonic() + SETTLE_SECONDS
    while same < 5 and time.monotonic() < until:
        await asyncio.sleep(0.2)
        before, found = found, now()
        same = same + 1 if found == before else 0
    return found


def left_files(folder: Path, pattern: str = "*") -> list[Path]:
    """The files of a folder whose name fits."""
    return list(folder.glob(pattern))


def resident_bytes(pid: int) -> int:
    """The most memory that a process had resident so far."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("the kernel tells no VmHWM")


def _descendants(pid: int) -> Iterator[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return
    for task in tasks:
        for child in _bytes(task / "children").split():
            yield int(child)
            yield from _descendants(int(child))


def _words(pid: int) -> list[str]:
    """Its command line."""
    return _bytes(Path(f"/proc/{pid}/cmdline")).decode(errors="replace").split("\0")


def _name(words: list[str]) -> str:
    """What a process runs, and the script that it or its box is for; a zombie counts as one."""
    inside = words[words.index("--") + 1 :] if "--" in words else words
    script = next((Path(word).name for word in inside if word.endswith(".py")), "")
    if not script and inside is not words:
        script = inside[0]
    return _plain(f"{words[0]} {script}".strip()) or "zombie"


def _groups_of(pid: int) -> Iterator[str]:
    """The ends of its control groups' paths, that name those of ours and nobody else's."""
    for line in _bytes(Path(f"/proc/{pid}/cgroup")).decode().splitlines():
        path = Path(line.split(":", 2)[2])
        if path.parent.name.startswith(PREFIX):
            yield f"/{path.parent.name}/{path.name}"


def _groups(pid: int) -> Iterator[Path]:
    own = hierarchies(
        Path("/proc/self/cgroup").read_text(), Path("/proc/self/mountinfo").read_text()
    )
    for each in own:
        for made in each.own.glob(f"{PREFIX}{pid}-*/"):
            yield made
            yield from (path for path in _below(made) if path.is_dir())


def _below(folder: Path) -> Iterator[Path]:
    """Everything in a folder, but for what is gone while one looks."""
    for place, folders, files in os.walk(folder):
        yield from (Path(place, name) for name in (*folders, *files))


def _plain(name: str) -> str:
    return _RANDOM.sub("#", name)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has ended meanwhile, or is the kernel's own
        return b""
