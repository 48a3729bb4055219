"""Under which licence a repository and its folders are, told by the texts of LICENSE files."""

import re
import tempfile
from collections import defaultdict
from collections.abc import Container, Iterable
from pathlib import PurePosixPath

from rewardsvc.extras import needing

_FILE = re.compile(r"(?:LICEN[SC]E|COPYING|UNLICENSE)(?:[.-](?:txt|md|rst|MIT|APACHE))?", re.I)


def licence_files(paths: Iterable[str]) -> dict[str, list[str]]:
    """The files that say it, sorted, by the folder that they lie in (".": the root). Pure."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(paths):
        where = PurePosixPath(path)
        if _FILE.fullmatch(where.name):
            found[str(where.parent)].append(path)
    return dict(found)


def licensed_folder(path: str, folders: Container[str]) -> str:
    """Of the folders that have a licence, the nearest above a file; "." where none has. Pure."""
    return next((str(each) for each in PurePosixPath(path).parents if str(each) in folders), ".")


def licence_of_text(text: str) -> str:
    """The SPDX name of a licence whose text it is, give or take a twentieth; "" where none fits.

    Raises:
        rewardsvc.extras.ExtraMissing: the library that knows the texts is not installed.
    """
    with needing("collect"):
        from identify.identify import license_id
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as file:
        file.write(text)
        file.flush()
        return license_id(file.name) or ""


def allowed(licence: str, licences: Iterable[str], *, unknown: bool) -> bool:
    """Whether what is under a licence may be taken. Pure."""
    return unknown if not licence else licence in set(licences)


def licence_of_texts(texts: Iterable[str]) -> str:
    """The licence of the first text that is a known one's; "" where none is."""
    return next((name for text in texts if (name := licence_of_text(text))), "")
