"""What is fetched of a repository that nobody trusts, and what is not."""

import asyncio
import random
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from datagen.errors import CloneFailed, WrongUsage
from datagen.sources.collected.clones import CloneCache, RepositoryTree
from datagen.sources.collected.named import NamedAddresses, NamedFolders
from datagen.sources.collected.provider import FoundRepository
from datagen.sources.collected.settings import CollectionSettings
from tests.datagen.repositories import (
    Answered,
    LoopbackService,
    repository,
    run_git,
    served,
)

SETTINGS = CollectionSettings(max_file_kilobytes=1)


def nothing(path: str, query: object, headers: object) -> Answered:
    return Answered(status=404)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[LoopbackService]:
    with served(nothing, tmp_path / "served") as service:
        yield service


def hostile(folder: Path) -> Path:
    made = repository(
        folder,
        {"main.tf": "# a\n", "large.tf": "#" * 5000, "sub/.gitattributes": "* filter=x\n"},
        links={"outside.tf": "/etc/passwd", "folder": "/etc"},
    )
    inner = repository(folder.parent / "inner", {"inner.tf": "# b\n"})
    (made / ".gitmodules").write_text(f'[submodule "s"]\n\tpath = s\n\turl = {inner}\n')
    run_git(made, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},s")
    (made / "latin.tf").write_bytes(b"# caf\xe9\n")
    run_git(made, "add", ".gitmodules", "latin.tf")
    run_git(made, "commit", "-q", "-m", "second")
    return made


async def fetched(cache: Path, address: str, settings: CollectionSettings) -> RepositoryTree:
    return await CloneCache(cache, settings).tree(
        FoundRepository(name="x", address=address, named="://" not in address)
    )


async def test_a_clone_has_plain_small_files_alone(
    service: LoopbackService, tmp_path: Path
) -> None:
    made = hostile(tmp_path / "served" / "hostile")
    tree = await fetched(tmp_path / "c", f"{service.address}/git/hostile/.git", SETTINGS)
    assert tree.commit == run_git(made, "rev-parse", "HEAD").strip()
    assert set(tree.sizes) == {".gitmodules", "latin.tf", "main.tf", "sub/.gitattributes"}
    assert await tree.texts(["main.tf", "latin.tf", "outside.tf"]) == {"main.tf": "# a\n"}
    names = {each.name for each in (tmp_path / "c").rglob("*")}
    assert "main.tf" not in names and "inner.tf" not in names  # nothing is ever checked out
    assert sum(each.stat().st_size for each in (tmp_path / "c").rglob("*.pack")) < 3000


async def test_a_clone_is_used_again_while_it_is_young(
    service: LoopbackService, tmp_path: Path
) -> None:
    made = repository(tmp_path / "served" / "a", {"main.tf": "# a\n"})
    address = f"{service.address}/git/a/.git"
    first = await fetched(tmp_path / "c", address, SETTINGS)
    (made / "main.tf").write_text("# b\n")
    run_git(made, "commit", "-q", "-a", "-m", "second")
    asked = len(service.cloned)
    again = await fetched(tmp_path / "c", address, SETTINGS)
    assert (again.commit, len(service.cloned)) == (first.commit, asked)
    old = SETTINGS.model_copy(update={"cache_ttl_hours": 0.0})
    newer = await fetched(tmp_path / "c", address, old)
    assert newer.commit == run_git(made, "rev-parse", "HEAD").strip()
    assert await newer.texts(["main.tf"]) == {"main.tf": "# b\n"}


async def test_a_larger_limit_of_files_fetches_what_was_left_out(
    service: LoopbackService, tmp_path: Path
) -> None:
    repository(tmp_path / "served" / "a", {"main.tf": "# a\n", "large.tf": "#" * 5000})
    address = f"{service.address}/git/a/.git"
    assert set((await fetched(tmp_path / "c", address, SETTINGS)).sizes) == {"main.tf"}
    larger = SETTINGS.model_copy(update={"max_file_kilobytes": 8})
    assert set((await fetched(tmp_path / "c", address, larger)).sizes) == {"main.tf", "large.tf"}


@pytest.mark.parametrize("most", [120, 150])  # within a line, and at its end
async def test_a_list_of_objects_that_is_cut_off_is_no_list(
    most: int, service: LoopbackService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository(tmp_path / "served" / "a", {f"{name}.tf": f"# {name}\n" for name in "abcde"})
    for module in ("git", "clones"):
        monkeypatch.setattr(f"datagen.sources.collected.{module}.MOST_OUTPUT_BYTES", most)
    with pytest.raises(CloneFailed, match="more objects"):
        await fetched(tmp_path / "c", f"{service.address}/git/a/.git", SETTINGS)


async def test_names_that_no_answer_can_carry_are_left_out(
    service: LoopbackService, tmp_path: Path
) -> None:
    odd = ("it's.tf", "~a.tf", "m/~a.tf", "m/ a.tf", "a:b.tf", "x" * 240 + ".tf")
    made = repository(tmp_path / "served" / "a", {name: "# a\n" for name in (*odd, "m/a b.tf")})
    for address in (f"{service.address}/git/a/.git", str(made)):
        assert set((await fetched(tmp_path / "c", address, SETTINGS)).sizes) == {"m/a b.tf"}


async def test_a_token_goes_to_its_service_and_is_written_nowhere(
    service: LoopbackService, tmp_path: Path
) -> None:
    repository(tmp_path / "served" / "a", {"main.tf": "# a\n"})
    found = FoundRepository(
        name="x",
        address=f"{service.address}/git/a/.git",
        headers={"Authorization": "Basic c2VjcmV0"},
    )
    await CloneCache(tmp_path / "c", SETTINGS).tree(found)
    assert {header for _, header in service.cloned} == {"Basic c2VjcmV0"}
    written = [each.read_bytes() for each in (tmp_path / "c").rglob("*") if each.is_file()]
    assert len(written) > 5 and not any(b"c2VjcmV0" in each for each in written)
    assert "c2VjcmV0" not in repr(found)


async def test_what_cannot_be_fetched_is_the_repositorys_fault(
    service: LoopbackService, tmp_path: Path
) -> None:
    with pytest.raises(CloneFailed):
        await fetched(tmp_path / "c", f"{service.address}/git/none/.git", SETTINGS)
    assert not [each for each in (tmp_path / "c" / "clones").iterdir()]


@pytest.mark.parametrize(
    "address", ["file://{folder}", "ext::sh -c id ://", "http://example.org/a"]
)
async def test_a_service_sends_nobody_to_files_or_programs(address: str, tmp_path: Path) -> None:
    made = repository(tmp_path / "a", {"main.tf": "# a\n"})
    with pytest.raises(CloneFailed):
        await fetched(tmp_path / "c", address.replace("{folder}", str(made)), SETTINGS)


async def test_a_pack_that_is_too_large_is_cut_off(
    service: LoopbackService, tmp_path: Path
) -> None:
    noise = random.Random(1)
    files = {
        f"f{number}.txt": "".join(chr(noise.randint(33, 126)) for _ in range(60_000))
        for number in range(40)
    }
    repository(tmp_path / "served" / "large", files)
    settings = CollectionSettings(max_repository_megabytes=1, max_file_kilobytes=64)
    with pytest.raises(CloneFailed):
        await fetched(tmp_path / "c", f"{service.address}/git/large/.git", settings)


def commands() -> list[bytes]:
    """Of all processes that run."""
    lines = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it ended meanwhile
            lines.append(each.read_bytes())
    return lines


async def test_who_stops_leaves_no_git_and_no_half_of_a_clone(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it takes connections, and says nothing
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/a.git"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await fetched(tmp_path / "c", address, SETTINGS)
    assert not any((tmp_path / "c" / "clones").iterdir())
    assert not any(address.encode() in each for each in commands())


async def test_a_folder_is_read_without_its_links(tmp_path: Path) -> None:
    made = hostile(tmp_path / "a")
    tree = await fetched(tmp_path / "c", str(made), SETTINGS)
    assert set(tree.sizes) == {".gitmodules", "latin.tf", "main.tf", "sub/.gitattributes"}
    assert await tree.texts(tree.sizes) == {
        ".gitmodules": (made / ".gitmodules").read_text(),
        "main.tf": "# a\n",
        "sub/.gitattributes": "* filter=x\n",
    }


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/a.git",
        "ssh://example.org/a.git",
        "git://example.org/a.git",
        "ext::sh -c id",
        "https://bob:pw@example.org/a.git",
        "file:///etc",
        "/does/not/exist",
    ],
)
def test_an_address_is_https_without_credentials(address: str) -> None:
    with pytest.raises(WrongUsage) as raised:
        NamedAddresses([address])
    assert "pw" not in str(raised.value)


def test_repositories_of_one_name_could_not_be_told_apart(tmp_path: Path) -> None:
    (tmp_path / "x" / "a").mkdir(parents=True)
    (tmp_path / "a").mkdir()
    with pytest.raises(WrongUsage):
        NamedFolders([tmp_path / "a", tmp_path / "x" / "a"])
    for addresses in (
        [str(tmp_path / "a"), str(tmp_path / "x" / "a")],
        ["https://example.org/a.git", "https://example.org/a"],
    ):
        with pytest.raises(WrongUsage, match="two repositories have that name"):
            NamedAddresses(addresses)
