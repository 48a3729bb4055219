"""hashicorp/archive 2.7.1.

Schema and rules: https://registry.terraform.io/providers/hashicorp/archive/2.7.1/docs. It runs
where Terraform runs, in the configuration's box, and packs what lies there. The archive holds the
same files as the real one's, in bytes of its own, so its checksums are others.
"""

import io
import os
import re
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from sandbox.standins.checksums import checksums
from sandbox.standins.files import LARGEST, UNREADABLE, held
from sandbox.standins.schema import (
    BOOL,
    NUMBER,
    SET_OF_STRING,
    STRING,
    BlockNesting,
    Complaint,
    DataKind,
    ProviderKind,
    ResourceKind,
    SchemaAttribute,
    SchemaBlock,
    StandinRefused,
)
from sandbox.standins.validation import at_least_one_of, conflicts
from sandbox.standins.values import Values

_DEPRECATED = "**NOTE**: This resource is deprecated, use data source instead."

_CONTENT = ("source_content", "source_content_filename")
_OTHERS = {
    "source": ("source_file", "source_dir", *_CONTENT),
    "source_content": ("source_file", "source_dir"),
    "source_content_filename": ("source_file", "source_dir"),
    "source_file": ("source_dir", *_CONTENT),
    "source_dir": ("source_file", *_CONTENT),
    "excludes": ("source_file", *_CONTENT),
}
"""What each is not to be written with."""

_ONE_OF = ("source", "source_content_filename", "source_file", "source_dir")
_SUMS = tuple(f"output_{name}" for name in ("md5", "sha", "sha256", "sha512"))

_TEXT = SchemaAttribute(STRING, optional=True, replaces=True)
_NEEDED = SchemaAttribute(STRING, required=True, replaces=True)
_MADE = SchemaAttribute(STRING, computed=True, stays=False)

_ATTRIBUTES = {
    "type": _NEEDED,
    "output_path": _NEEDED,
    "output_file_mode": _TEXT,
    "source_content": _TEXT,
    "source_content_filename": _TEXT,
    "source_file": _TEXT,
    "source_dir": _TEXT,
    "excludes": SchemaAttribute(SET_OF_STRING, optional=True, replaces=True),
    "exclude_symlink_directories": SchemaAttribute(BOOL, optional=True),
    **dict.fromkeys((*_SUMS, "output_base64sha256", "output_base64sha512", "id"), _MADE),
    "output_size": SchemaAttribute(NUMBER, computed=True, stays=False),
}
_BLOCKS = {
    "source": SchemaBlock(
        {
            "content": SchemaAttribute(STRING, required=True),
            "filename": SchemaAttribute(STRING, required=True),
        },
        BlockNesting.SET,
        replaces=True,
    )
}


def _validate(config: Values) -> Iterable[Complaint]:
    written = {**config, "source": config.get("source") or None}
    for name, others in _OTHERS.items():
        yield from conflicts(name, others, written)
    yield from at_least_one_of(_ONE_OF, written)


def _made(config: Values) -> Values:
    """The archive, written, and what is told of it."""
    try:
        target = Path(config["output_path"])
        target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        entries = _entries(config, target)
        packed = _packed(config["type"], _bounded(entries), _mode(config.get("output_file_mode")))
        target.write_bytes(packed)
    except UNREADABLE as error:
        raise _refused(str(error)) from error
    told = checksums(packed, "output", sha1="sha")
    return {**config, **told, "id": told["output_sha"], "output_size": len(packed)}


def _refused(why: str) -> StandinRefused:
    return StandinRefused(Complaint("Archive creation error", f"error creating archive: {why}"))


def _mode(written: str | None) -> int | None:
    if not written:
        return None
    if not re.fullmatch("0[oO]?[0-7]{1,10}|[1-9][0-9]{0,9}", written, re.ASCII):
        raise _refused(f"error parsing output_file_mode value: {written[:20]}")
    return int(written, 8 if written.startswith("0") else 10) & 0o777


def _bounded(entries: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    left = LARGEST
    for name, content in entries:
        left -= len(content)
        if left < 0:
            raise _refused(f"it would hold more than {LARGEST} bytes, as much as is packed here")
        yield name, content


def _entries(config: Values, target: Path) -> Iterator[tuple[str, bytes]]:
    """What is packed, by its name in the archive."""
    if (folder := config.get("source_dir")) is not None:
        yield from _folder(Path(folder), config.get("excludes") or (), target, folder)
    elif (file := config.get("source_file")) is not None:
        if not Path(file).exists():
            raise _refused(f"error archiving file: could not archive missing file: {file}")
        yield Path(file).name, held(Path(file))
    elif (name := config.get("source_content_filename")) is not None:
        yield name, (config.get("source_content") or "").encode()
    else:
        sources = {each["filename"]: each["content"] for each in config.get("source") or ()}
        for name, content in sorted(sources.items()):
            yield name, content.encode()


def _folder(
    folder: Path, excludes: Iterable[str], target: Path, written: str
) -> Iterator[tuple[str, bytes]]:
    if not folder.exists():
        raise _refused(f"error archiving directory: could not archive missing directory: {written}")
    if not folder.is_dir():
        raise _refused(
            f"error archiving directory: could not archive directory that is a file: {written}"
        )
    left_out = [_glob(each) for each in excludes if each]
    found = False
    for at, folders, names in os.walk(folder, followlinks=True):
        inner = Path(at).relative_to(folder)
        folders[:] = sorted(n for n in folders if not _excluded(inner / n, left_out))
        for name in sorted(names):
            path = Path(at, name)
            if _excluded(inner / name, left_out) or path.absolute() == target.absolute():
                continue
            found = True
            yield (inner / name).as_posix(), held(path)
    if not found:
        raise _refused(
            "error archiving directory: archive has not been created as it would be empty"
        )


def _excluded(path: Path, patterns: Iterable[re.Pattern[str]]) -> bool:
    return any(pattern.fullmatch(path.as_posix()) for pattern in patterns)


def _glob(pattern: str) -> re.Pattern[str]:
    """``**`` is any number of folders, ``*`` and ``?`` stay within a name."""
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    meaning = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meaning.get(piece, re.escape(piece)) for piece in pieces), re.DOTALL)


def _packed(kind: str, entries: Iterable[tuple[str, bytes]], mode: int | None) -> bytes:
    packed = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in entries:
                entry = zipfile.ZipInfo(name)
                entry.external_attr = (0o100000 | (0o644 if mode is None else mode)) << 16
                archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    elif kind == "tar.gz":
        with tarfile.open(fileobj=packed, mode="w:gz") as tar:
            for name, content in entries:
                member = tarfile.TarInfo(name)
                member.size, member.mode = len(content), 0o644 if mode is None else mode
                tar.addfile(member, io.BytesIO(content))
    else:
        raise _refused(f"archive type not supported: {kind}")
    return packed.getvalue()


PROVIDER = ProviderKind(
    resources={
        "archive_file": ResourceKind(
            _ATTRIBUTES,
            _BLOCKS,
            deprecated=_DEPRECATED,
            validate=_validate,
            create=_made,
            refresh=_made,
        )
    },
    data={
        "archive_file": DataKind(_ATTRIBUTES, _BLOCKS, validate=_validate, read=_made),
    },
)
