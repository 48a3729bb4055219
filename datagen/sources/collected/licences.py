"""Under which licence a repository is, told by the text of its LICENSE file."""

import re
import tempfile
from collections.abc import Iterable

from rewardsvc.extras import needing

_FILE = re.compile(r"(?:LICEN[SC]E|COPYING|UNLICENSE)(?:[.-](?:txt|md|rst|MIT|APACHE))?", re.I)


def licence_files(paths: Iterable[str]) -> list[str]:
    """The files at the root that say it. Pure."""
    return sorted(path for path in paths if _FILE.fullmatch(path))


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


def read_licence(known: str, texts: Iterable[str]) -> str:
    """The licence: as the provider knows it, or as the first file says that is one of the known."""
    return known or next((name for text in texts if (name := licence_of_text(text))), "")
