"""What the docker back end decides without an engine: words, frames, shapes, the idle pool."""

import io
import json
import subprocess
import tarfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sandbox.base import Bind, Command, Limits, Service
from sandbox.docker import seccomp, spec
from sandbox.docker.stream import STDERR, STDOUT, Frames, Output
from sandbox.docker.worker import archive, order
from sandbox.idle_pool import IdlePool

AROUND = spec.Surroundings("image", "{}", 1.5, {"label": "1"})

# Whatever a command may hold: any Unicode but surrogates and NUL.
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
names = words.filter(lambda name: name != "" and "=" not in name)


@settings(max_examples=60, deadline=None)
@example(argv=["\x81\x82\u00c1\u0301\x88", "a\n'b'\n\n", "$(x) `y` \\ \\n"], env={})
@given(st.lists(words, max_size=4), st.dictionaries(names, words, max_size=3))
def test_an_order_is_one_line_that_a_shell_reads_back(argv: list[str], env: dict[str, str]) -> None:
    env = {**env, "PATH": "/usr/bin:/bin"}
    line = order(["printf", "%s\n", *argv], env)
    assert line.count(b"\n") == 1
    reader = (
        'n=\'\n\'\nIFS= read -r order && eval "$order"; printf \'%s\\0\' "$path" "$program" "$@"'
    )
    ran = subprocess.run(
        ["sh", "-c", reader], input=line + b"rest", capture_output=True, check=True
    )
    expected = [env["PATH"], "printf", *(f"{k}={v}" for k, v in env.items()), "printf", "%s\n"]
    assert [word.decode() for word in ran.stdout.split(b"\0")[:-1]] == [*expected, *argv]


def test_a_program_with_an_equals_sign_is_not_taken_for_a_variable() -> None:
    assert b'/bin/sh -c \'exec "$0" "$@"\' a=b' in order(["a=b"], {"PATH": "/bin"})


@given(
    st.lists(st.tuples(st.sampled_from([STDOUT, STDERR]), st.binary(min_size=1, max_size=40))),
    st.lists(st.integers(1, 17), min_size=1),
)
def test_frames_are_taken_apart_however_they_come(
    sent: list[tuple[int, bytes]], cuts: list[int]
) -> None:
    stream = b"".join(
        bytes([kind, 0, 0, 0]) + len(data).to_bytes(4, "big") + data for kind, data in sent
    )
    frames, output = Frames(), Output(10_000)
    at, turn = 0, 0
    while at < len(stream):
        step = cuts[turn % len(cuts)]
        for kind, data in frames.feed(stream[at : at + step]):
            output.add(kind, data)
        at, turn = at + step, turn + 1
    for kind, kept in zip((STDOUT, STDERR), output.take(), strict=True):
        assert kept == b"".join(data for each, data in sent if each == kind)
    assert not output.cut


@given(st.lists(st.tuples(st.sampled_from([STDOUT, STDERR]), st.binary(max_size=9))))
def test_output_keeps_what_there_is_room_for(sent: list[tuple[int, bytes]]) -> None:
    output = Output(20)
    for kind, data in sent:
        output.add(kind, data)
    whole = [b"".join(data for each, data in sent if each == kind) for kind in (STDOUT, STDERR)]
    assert list(output.take()) == [each[:20] for each in whole]
    assert output.cut == any(len(each) > 20 for each in whole)


def test_files_of_any_name_are_in_the_archive() -> None:
    files = {"a": b"1", "d/" * 60 + "ü" * 100: b"2", "-x": b"", "é\nz": b"3"}
    with tarfile.open(fileobj=io.BytesIO(archive(files))) as read:
        found = {entry.name: read.extractfile(entry) for entry in read}
        assert {name: file.read() for name, file in found.items() if file} == files


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3)), max_size=60), st.integers(0, 5))
def test_the_shelf_keeps_no_more_than_it_has_room_for(
    turns: list[tuple[bool, int]], room: int
) -> None:
    pool: IdlePool[int, tuple[int, int]] = IdlePool(room)
    kept: set[tuple[int, int]] = set()
    for number, (puts, kind) in enumerate(turns):
        if puts:
            kept |= {(kind, number)}
            kept -= set(pool.put(kind, (kind, number)))
            assert len(kept) <= room
        elif (taken := pool.take(kind)) is not None:
            assert taken[0] == kind
            kept.remove(taken)
        else:
            assert not any(each == kind for each, _ in kept)
    assert set(pool.clear()) == kept


def test_what_was_used_longest_ago_is_let_go() -> None:
    pool: IdlePool[str, int] = IdlePool(2)
    assert [pool.put("a", 1), pool.put("b", 2)] == [[], []]
    assert pool.take("a") == 1
    assert pool.put("a", 3) == []
    assert pool.put("a", 4) == [2]


def test_commands_share_a_container_only_where_mounts_and_limits_are_the_same() -> None:
    one = Command.one("x", ("a",), files={"f": b""}, limits=Limits(wall_seconds=1, output_bytes=9))
    same = Command.one("y", ("b", "c"), env={"A": "b"}, stdin=b"z")
    assert spec.shape_of(one) == spec.shape_of(same)
    for limits in (Limits(memory_bytes=1), Limits(processes=1), Limits(file_bytes=1),
                   Limits(cpu_seconds=1)):  # fmt: skip
        assert spec.shape_of(Command.one("x", ("a",), limits=limits)) != spec.shape_of(same)
    bound = Command.one("x", ("a",), binds=(Bind(Path("/a"), "/b"),))
    assert spec.shape_of(bound) != spec.shape_of(same)


def test_a_container_may_do_nothing_that_is_not_listed() -> None:
    shape = spec.shape_of(Command.one("x", ("a",), binds=(Bind(Path("/a"), "/b"),)))
    services = spec.service(Service("s", ("x",), Path("/run/s")), AROUND)
    for config in (spec.worker(shape, AROUND), services):
        host = config["HostConfig"]
        assert host["NetworkMode"] == "none"
        assert host["ReadonlyRootfs"]
        assert host["CapDrop"] == ["ALL"]
        assert host["SecurityOpt"] == ["no-new-privileges", "seccomp={}"]
        assert host["MemorySwap"] == host["Memory"] > 0
        assert host["PidsLimit"] > 0
        assert host["LogConfig"] == {"Type": "none"}
        assert host["Init"]
        assert not config["User"].startswith("0")
    mounts = [
        (m["Target"], m["ReadOnly"]) for m in spec.worker(shape, AROUND)["HostConfig"]["Mounts"]
    ]
    assert mounts == [("/b", True)]
    assert [m["Target"] for m in services["HostConfig"]["Mounts"] if not m["ReadOnly"]] == [
        "/run/s"
    ]


def test_the_filter_allows_by_name_and_denies_the_rest() -> None:
    profile = json.loads(seccomp.profile())
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    unconditional = {
        name
        for rule in profile["syscalls"]
        if rule["action"] == "SCMP_ACT_ALLOW" and "args" not in rule
        for name in rule["names"]
    }
    denied = (
        "ptrace process_vm_readv process_vm_writev mount umount2 unshare setns clone clone3 keyctl "
        "add_key request_key bpf perf_event_open userfaultfd io_uring_setup pivot_root chroot "
        "socket kill personality open_by_handle_at init_module kexec_load reboot swapon ioperm"
    )
    assert unconditional.isdisjoint(denied.split())
    assert len(unconditional) > 200
