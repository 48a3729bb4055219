"""Control groups: how hierarchies are found, and the files of both versions.

The files of version 2 are those of the kernel's cgroup-v2.rst in a folder that stands in for the
file system; what really bounds a process is tested with the sandbox.
"""

import asyncio
import errno
import os
import subprocess
import threading
from pathlib import Path

import pytest

from benchmarks.starved import quota
from sandbox.base import Command, Limits
from sandbox.bubblewrap import BubblewrapSandbox
from sandbox.cgroups import (
    PREFIX,
    Hierarchy,
    NoControlGroup,
    Tree,
    hierarchies,
    name_for,
    open_tree,
)

V1 = """\
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
36 31 0:33 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
22 31 0:20 / /proc rw - proc proc rw
"""
CONTAINER = "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
V2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"


@pytest.mark.parametrize(
    ("membership", "mounts", "expected"),
    [
        (
            "5:memory:/a/b\n4:cpu,cpuacct:/\n0::/\n",
            V1,
            [
                (1, {"memory"}, "/sys/fs/cgroup/memory/a/b"),
                (1, {"cpu", "cpuacct"}, "/sys/fs/cgroup/cpu,cpuacct"),
                (2, set(), "/sys/fs/cgroup/unified"),
            ],
        ),
        ("5:memory:/docker/abc\n", CONTAINER, [(1, {"memory"}, "/sys/fs/cgroup/memory")]),
        ("5:memory:/docker/abc/x\n", CONTAINER, [(1, {"memory"}, "/sys/fs/cgroup/memory/x")]),
        ("5:memory:/elsewhere\n", CONTAINER, []),
        ("0::/../..\n", V2, []),
        ("0::/user.slice/a.scope\n", V2, [(2, set(), "/sys/fs/cgroup/user.slice/a.scope")]),
    ],
)
def test_hierarchies_are_found(
    membership: str, mounts: str, expected: list[tuple[int, set[str], str]]
) -> None:
    found = [(h.version, set(h.controllers), str(h.own)) for h in hierarchies(membership, mounts)]
    assert found == expected


def v2_group(path: Path, controllers: str, enabled: str) -> Path:
    path.mkdir(parents=True)
    (path / "cgroup.controllers").write_text(controllers)
    (path / "cgroup.subtree_control").write_text(enabled)
    (path / "cgroup.procs").write_text("")
    return path


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make new folders have the files that the kernel gives to a group, and rmdir remove them."""
    make, remove = Path.mkdir, Path.rmdir

    def mkdir(self: Path, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        make(self, mode, parents, exist_ok)
        if PREFIX in str(self):
            for name in ("cgroup.controllers", "cgroup.subtree_control"):
                (self / name).write_text((self.parent / "cgroup.subtree_control").read_text())
            for name in ("cgroup.procs", "memory.max", "memory.swap.max", "pids.max"):
                (self / name).write_text("")

    def rmdir(self: Path) -> None:
        if (self / "cgroup.procs").exists() and (self / "cgroup.procs").read_text().strip():
            raise OSError(errno.EBUSY, "Device or resource busy")
        for file in self.iterdir():
            file.unlink()
        remove(self)

    monkeypatch.setattr(Path, "mkdir", mkdir)
    monkeypatch.setattr(Path, "rmdir", rmdir)


def open_v2(own: Path, below: Path | None = None) -> Tree:
    found = (Hierarchy(2, frozenset(), own),)
    return open_tree(found, f"{PREFIX}{os.getpid()}-x", below)


@pytest.mark.usefixtures("kernel")
def test_version_2_limits_and_reads(tmp_path: Path) -> None:
    own = v2_group(tmp_path / "own", "cpu memory pids", "memory pids")
    tree = open_v2(own)
    group = tree.create(memory_bytes=1000, processes=7)
    (folder,) = own.glob(f"{PREFIX}*/run-1")
    assert (folder / "memory.max").read_text() == "1000"
    assert (folder / "memory.swap.max").read_text() == "0"
    assert (folder / "pids.max").read_text() == "7"
    (folder / "cpu.stat").write_text("usage_usec 2500000\nuser_usec 1\n")
    (folder / "memory.peak").write_text("900\n")
    (folder / "memory.events").write_text("low 0\nmax 4\noom 1\noom_kill 3\n")
    spent = group.spent()
    assert (spent.cpu_seconds, spent.peak_memory_bytes, spent.oom_kills) == (2.5, 900, 3)
    subprocess.run(group.entered(("true",)), check=True)
    assert (folder / "cgroup.procs").read_text() == "0\n"  # the kernel's word for who writes
    (folder / "cgroup.procs").write_text("4321\n")
    assert group.pids() == {4321}
    assert not group.remove()
    (folder / "cgroup.procs").write_text("")
    assert not group.kill()
    assert group.remove()
    tree.remove()
    assert not list(own.glob(f"{PREFIX}*"))


@pytest.mark.usefixtures("kernel")
@pytest.mark.parametrize("offered", ["cpu memory pids", "memory pids"])
def test_version_2_weighs_all_groups_together_where_it_can(tmp_path: Path, offered: str) -> None:
    tree = open_v2(v2_group(tmp_path / "own", offered, "memory pids"))
    tree.create(1, 1)
    (parent,) = tmp_path.glob(f"own/{PREFIX}*")
    weighed = (parent / "cpu.weight").exists() and (parent / "cpu.weight").read_text()
    assert weighed == ("cpu" in offered and str(100 * (os.cpu_count() or 1)))


@pytest.mark.parametrize("mounted", ["cpu", "cpu,cpuacct"])
def test_version_1_weighs_all_groups_together(tmp_path: Path, mounted: str) -> None:
    names = {name: name for name in ("memory", "pids", "cpuacct", "cpu")}
    names |= dict.fromkeys(mounted.split(","), mounted)
    found = tuple(
        Hierarchy(1, frozenset(each.split(",")), tmp_path / each)
        for each in dict.fromkeys(names.values())
    )
    for each in found:
        each.own.mkdir()
    tree = open_tree(found, f"{PREFIX}1-x")
    assert tree.parents["cpu"] == tmp_path / mounted / f"{PREFIX}1-x"
    assert (tree.parents["cpu"] / "cpu.shares").read_text() == str(1024 * (os.cpu_count() or 1))


def test_version_1_does_without_weights_where_they_cannot_be_had(tmp_path: Path) -> None:
    for name in ("memory", "pids"):
        (tmp_path / name).mkdir()
    (tmp_path / "cpu").touch()
    found = tuple(
        Hierarchy(1, frozenset({name}), tmp_path / name) for name in ("memory", "pids", "cpu")
    )
    assert open_tree(found, f"{PREFIX}1-x").parents.keys() == {"memory", "pids"}


@pytest.mark.usefixtures("kernel")
def test_version_2_kills_through_the_kernel_where_it_can(tmp_path: Path) -> None:
    group = open_v2(v2_group(tmp_path / "own", "memory pids", "memory pids")).create(1, 1)
    (folder,) = tmp_path.glob(f"own/{PREFIX}*/run-1")
    (folder / "cgroup.procs").write_text("2000000001\n2000000002\n")
    assert group.kill()
    (folder / "cgroup.kill").write_text("")
    assert group.kill()
    assert (folder / "cgroup.kill").read_text() == "1"


@pytest.mark.usefixtures("kernel")
def test_version_2_works_beside_a_process_in_a_delegated_parent(tmp_path: Path) -> None:
    parent = v2_group(tmp_path / "slice", "memory pids", "memory pids")
    own = v2_group(parent / "server.scope", "", "")
    tree = open_v2(own)
    assert tree.parents["memory"].parent == parent


@pytest.mark.usefixtures("kernel")
def test_a_named_group_is_used_and_no_other(tmp_path: Path) -> None:
    own = v2_group(tmp_path / "own", "memory pids", "memory pids")
    named = v2_group(tmp_path / "boxes", "memory pids", "memory pids")
    assert open_v2(own, named).parents["pids"].parent == named
    bare = v2_group(tmp_path / "bare", "cpu", "")
    with pytest.raises(NoControlGroup, match="bare does not offer memory and pids"):
        open_v2(own, bare)


def test_version_1_where_one_controller_is_read_only(tmp_path: Path) -> None:
    for name in ("memory", "pids"):
        (tmp_path / name).mkdir()
    (tmp_path / "pids" / "taken").touch()
    found = (
        Hierarchy(1, frozenset({"memory"}), tmp_path / "memory"),
        Hierarchy(1, frozenset({"pids"}), tmp_path / "pids" / "taken"),
    )
    with pytest.raises(NoControlGroup, match="taken"):
        open_tree(found, f"{PREFIX}1-x")
    assert list((tmp_path / "memory").iterdir()) == []


def test_without_controllers_the_message_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoControlGroup, match="no memory and pids controllers"):
        open_tree((), "x")
    with pytest.raises(NoControlGroup, match="does not offer"):
        open_v2(v2_group(tmp_path / "own", "hugetlb", ""))


@pytest.mark.usefixtures("kernel")
def test_what_a_dead_server_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    own = v2_group(tmp_path / "own", "memory pids", "memory pids")
    with subprocess.Popen(["true"]) as process:
        process.wait()
    dead, alive = own / f"{name_for(process.pid)}-a", own / f"{name_for(os.getppid())}-a"
    elsewhere = own / f"{PREFIX}{process.pid}-1-a"  # of a container with a namespace of its own
    for folder in (dead, alive, elsewhere):
        folder.mkdir()
        (folder / "run-1").mkdir()
    (own / "other").mkdir()
    open_v2(own)
    assert not dead.exists()
    assert (alive / "run-1").exists()
    assert (elsewhere / "run-1").exists()
    assert (own / "other").exists()


@pytest.mark.usefixtures("kernel")
def test_a_group_whose_processes_are_still_dying_is_waited_for(tmp_path: Path) -> None:
    own = v2_group(tmp_path / "own", "memory pids", "memory pids")
    with subprocess.Popen(["true"]) as process:
        process.wait()
    dead = own / f"{name_for(process.pid)}-a"
    for run in ("run-1", "run-2"):
        (dead / run).mkdir(parents=True)
    dying = dead / "run-1" / "cgroup.procs"
    dying.write_text("2000000001\n")
    end = threading.Timer(0.2, dying.write_text, ("",))
    end.start()
    open_v2(own)
    end.join()
    assert not dead.exists()


async def test_one_with_many_processes_takes_no_more_of_the_cores_than_its_neighbour() -> None:
    """Which must not wait for it; the two have as much, where one can use as much."""
    processes = 8 * (os.cpu_count() or 1)
    limits = Limits(wall_seconds=1.5, cpu_seconds=100, processes=processes + 8)
    burns = "while :; do :; done"
    many = f"for n in $(seq {processes - 1}); do (while :; do :; done) & done; {burns}"
    # As in a container: at the root of the hierarchy the kernel groups by sessions (autogroup).
    with quota() as limited:
        if limited is None:
            pytest.skip("no control group of version 1 for CPU time can be made here")
        async with BubblewrapSandbox() as sandbox:
            crowd, one = await asyncio.gather(
                *(
                    sandbox.run(Command.one("burn", ("sh", "-c", script), limits=limits))
                    for script in (many, burns)
                )
            )
    assert crowd.usage.cpu_seconds is not None and one.usage.cpu_seconds is not None
    assert one.usage.cpu_seconds > 3 * crowd.usage.cpu_seconds / processes
