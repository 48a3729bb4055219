"""Shallow clones in a cache, and folders of this machine: files by their paths, as they are."""

import asyncio
import hashlib
import json
import math
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Protocol
from urllib.parse import urlsplit

from datagen.errors import CloneFailed, OutputUnusable, WrongUsage
from datagen.sources.collected.git import MOST_OUTPUT_BYTES, git, is_git_folder
from datagen.sources.collected.provider import FoundRepository
from datagen.sources.collected.rest import checked_address
from datagen.sources.collected.settings import CollectionSettings
from rewardsvc.fences import clean_path

_MOST_FILES = 50_000
"""Of one repository; what is behind is not looked at."""
_CLONE_SECONDS = 300.0
_HTTP = ("https", "http")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_PLAIN_MODES = ("100644", "100755")
"""Of a file; not of a symbolic link (120000) or a submodule (160000)."""


class RepositoryTree(Protocol):
    """The files of a repository at one commit. ``sizes``: bytes by path, without what is no plain
    file or too large. ``commit``: "" of a folder without a repository."""

    commit: str
    sizes: Mapping[str, int]

    async def texts(self, paths: Iterable[str]) -> dict[str, str]:
        """Files that are UTF-8, by their paths; the others are left out.

        Raises:
            CloneFailed: they cannot be read.
        """
        ...


class CloneCache:
    """Clones by their address and by what was left out, used again while they are young enough."""

    def __init__(self, folder: Path, settings: CollectionSettings) -> None:
        self._folder = folder / "clones"
        self._settings = settings
        self._filter = f"--filter=blob:limit={settings.max_file_kilobytes}k"

    async def tree(self, found: FoundRepository) -> RepositoryTree:
        """The files of a repository.

        Raises:
            CloneFailed: it cannot be cloned or read.
            OutputUnusable: the cache cannot be written.
            SourceMissing: there is no git.
        """
        if not found.named:
            _require_elsewhere(found.address)
        elif "://" not in found.address:
            return FolderTree(Path(found.address), self._settings)
        return await GitTree.opened(await self._cloned(found), self._settings)

    async def _cloned(self, found: FoundRepository) -> Path:
        named = json.dumps([found.address, self._filter])
        folder = self._folder / f"{hashlib.sha256(named.encode()).hexdigest()[:24]}.git"
        if _age_seconds(folder) < self._settings.cache_ttl_hours * 3600:
            return folder
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.TemporaryDirectory(dir=self._folder, prefix="new-") as beside:
                fresh = Path(beside, "clone.git")
                await self._clone(found, fresh)
                _put(fresh, folder)
        except OSError as error:
            raise OutputUnusable(f"{self._folder}: cannot be written: {error.strerror}") from error
        return folder

    async def _clone(self, found: FoundRepository, fresh: Path) -> None:
        parts = urlsplit(found.address)
        await git(
            [
                *("clone", "--quiet", "--bare", "--depth", "1", "--single-branch", "--no-tags"),
                *("--no-recurse-submodules", "--template=", "-c", "remote.origin.promisor=false"),
                self._filter,
                *("--", found.address, str(fresh)),
            ],
            protocols=parts.scheme,
            headers=found.headers if parts.scheme in _HTTP else None,
            origin=f"{parts.scheme}://{parts.netloc}/",
            most_file_bytes=self._settings.max_repository_megabytes * 1024 * 1024,
            timeout_seconds=_CLONE_SECONDS,
        )


def _require_elsewhere(address: str) -> None:
    """Refuse what a service may not send us to: files, programs, plain HTTP.

    Raises:
        CloneFailed: it is that.
    """
    try:
        checked_address(address)
    except WrongUsage as error:
        raise CloneFailed(f"not an address to clone from: {error}") from error


def _age_seconds(folder: Path) -> float:
    """Of a clone; infinite where there is none, or one of tomorrow."""
    try:
        age = time.time() - float(json.loads((folder / "fetched.json").read_bytes())["fetched"])
    except (OSError, ValueError, KeyError, TypeError):
        return math.inf
    return age if age >= 0 else math.inf


def _put(fresh: Path, folder: Path) -> None:
    (fresh / "fetched.json").write_text(json.dumps({"fetched": time.time()}))
    if folder.exists():
        shutil.rmtree(folder)
    fresh.rename(folder)


class GitTree:
    """A :class:`RepositoryTree` of a bare clone. Only objects that were fetched are asked for: what
    the filter left out is never fetched after all."""

    def __init__(self, folder: Path, commit: str, objects: Mapping[str, tuple[str, int]]) -> None:
        """``objects``: name and size of each file's object, by the file's path."""
        self.commit = commit
        self.sizes: Mapping[str, int] = {path: size for path, (_, size) in objects.items()}
        self._folder = folder
        self._names = {path: name for path, (name, _) in objects.items()}

    @classmethod
    async def opened(cls, folder: Path, settings: CollectionSettings) -> "GitTree":
        """The tree of what a clone's HEAD names.

        Raises:
            CloneFailed: it is empty, has too many objects, or cannot be read.
        """
        if not is_git_folder(folder):
            raise CloneFailed("no repository was cloned")
        there = ("--git-dir", str(folder))
        commit = (await git([*there, "rev-parse", "--verify", "--quiet", "HEAD^{commit}"])).decode()
        form = "--batch-check=%(objectname) %(objecttype) %(objectsize)"
        listed = await git([*there, "cat-file", "--batch-all-objects", "--unordered", form])
        sizes = _sizes_of_blobs(listed, settings.max_file_kilobytes * 1024)
        tree = await git([*there, "ls-tree", "-r", "-z", "--full-tree", commit.strip()])
        objects: dict[str, tuple[str, int]] = {}
        for entry in tree.split(b"\0")[:-1][:_MOST_FILES]:  # behind the last NUL: none, or a part
            facts, _, raw = entry.partition(b"\t")
            mode, _, name = facts.decode("ascii", "replace").partition(" ")
            name = name.rpartition(" ")[2]
            path = raw.decode("utf-8", "replace")
            if mode in _PLAIN_MODES and name in sizes and _usable(path):
                objects[path] = (name, sizes[name])
        return cls(folder, commit.strip(), objects)

    async def texts(self, paths: Iterable[str]) -> dict[str, str]:
        """See :class:`RepositoryTree`."""
        wanted = [path for path in paths if path in self._names]
        names = "".join(f"{self._names[path]}\n" for path in wanted).encode()
        said = await git(["--git-dir", str(self._folder), "cat-file", "--batch"], given=names)
        texts: dict[str, str] = {}
        at = 0
        for path in wanted:
            end = said.find(b"\n", at)
            size = self.sizes[path]
            if end < 0 or len(said) < end + 1 + size:
                raise CloneFailed("more is to be read than one command gives")
            text = _text(said[end + 1 : end + 1 + size])
            at = end + size + 2
            if text is not None:
                texts[path] = text
        return texts


def _sizes_of_blobs(listed: bytes, most: int) -> dict[str, int]:
    """Bytes of the blobs that are no larger than ``most``, by name, as ``cat-file --batch-check``
    lists them. Pure.

    Raises:
        CloneFailed: the list was cut off.
    """
    sizes = {}
    for line in listed.decode().splitlines():
        words = line.split()
        if len(words) != 3 or len(listed) >= MOST_OUTPUT_BYTES:
            raise CloneFailed("it has more objects than can be listed")
        name, kind, size = words
        if kind == "blob" and int(size) <= most:
            sizes[name] = int(size)
    return sizes


def _usable(path: str) -> bool:
    """Whether an answer can have the file: by its path, and by its name alone in a module. Pure."""
    return all(clean_path(each) == each for each in (path, PurePosixPath(path).name))


class FolderTree:
    """A :class:`RepositoryTree` of a folder as it is; no symbolic link is followed.

    ``commit``: what a folder with a repository of its own has checked out; files may differ.
    """

    def __init__(self, folder: Path, settings: CollectionSettings) -> None:
        """Raises: CloneFailed: it is no folder."""
        if not folder.is_dir():
            raise CloneFailed("is no folder")
        self._folder = folder
        self.commit = checked_out(folder)
        most = settings.max_file_kilobytes * 1024
        self.sizes: Mapping[str, int] = dict(sorted(_listed(folder, most)))

    async def texts(self, paths: Iterable[str]) -> dict[str, str]:
        """See :class:`RepositoryTree`."""
        return await asyncio.to_thread(self._read, list(paths))

    def _read(self, paths: list[str]) -> dict[str, str]:
        texts: dict[str, str] = {}
        for path in paths:
            try:
                # A link that took a file's place meanwhile is not followed either.
                number = os.open(self._folder / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
                with open(number, "rb") as file:  # noqa: PTH123 - a descriptor
                    plain = stat.S_ISREG(os.fstat(number).st_mode)
                    content = file.read(self.sizes[path]) if plain else b"\0"
            except OSError as error:
                raise CloneFailed(f"{path}: {error.strerror}") from error
            if (text := _text(content)) is not None:
                texts[path] = text
        return texts


def checked_out(folder: Path) -> str:
    """The commit that a repository has checked out, "" of a folder that is none.

    Read from its files: git would read the repository's own configuration.
    """
    place = folder / ".git"
    try:
        if place.is_file():  # a work tree of another repository
            place = folder / place.read_text().removeprefix("gitdir:").strip()
        head = (place / "HEAD").read_text().strip()
        if not head.startswith("ref:"):
            return head if _COMMIT.fullmatch(head) else ""
        name = head.removeprefix("ref:").strip()
        shared = place / "commondir"
        base = place / shared.read_text().strip() if shared.is_file() else place
        if (base / name).is_file():
            found = (base / name).read_text().strip()
        else:
            packed = (base / "packed-refs").read_text().splitlines()
            found = next((line.split()[0] for line in packed if line.endswith(f" {name}")), "")
    except (OSError, UnicodeDecodeError):
        return ""
    return found if _COMMIT.fullmatch(found) else ""


def _listed(folder: Path, most: int) -> Iterable[tuple[str, int]]:
    count = 0
    for where, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(each for each in folders if each != ".git")
        for name in sorted(names):
            path = Path(where, name)
            try:
                found = path.lstat()
            except OSError:
                continue
            shown = path.relative_to(folder).as_posix()
            if not stat.S_ISREG(found.st_mode) or found.st_size > most:
                continue
            if _usable(shown):
                yield shown, found.st_size
                count += 1
                if count >= _MOST_FILES:
                    return


def _text(content: bytes) -> str | None:
    """What is text, with the ends of lines that answers have."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text.replace("\r\n", "\n")
