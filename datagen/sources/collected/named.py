"""Repositories that are named: addresses that git clones, and folders of this machine."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from datagen.errors import WrongUsage
from datagen.sources.collected.provider import FoundRepository
from datagen.sources.collected.rest import checked_address


class NamedAddresses:
    """A :class:`~datagen.sources.collected.provider.RepositoryProvider` of what git clones."""

    name = "git"

    def __init__(self, addresses: Sequence[str]) -> None:
        """``addresses``: https:// ones, or repositories of this machine by their paths.

        Raises:
            WrongUsage: one is neither, or two have the same name.
        """
        self._found = [_of_address(each) for each in dict.fromkeys(addresses)]
        _require_apart([each.name for each in self._found])

    async def repositories(self) -> AsyncIterator[FoundRepository]:
        """See :class:`~datagen.sources.collected.provider.RepositoryProvider`."""
        for each in self._found:
            yield each


class NamedFolders:
    """A :class:`~datagen.sources.collected.provider.RepositoryProvider` of folders as they are."""

    name = "local"

    def __init__(self, folders: Sequence[Path]) -> None:
        """Raises: WrongUsage: two have the same name."""
        self._found = [
            FoundRepository(name=f"local/{each.resolve().name}", address=str(each), named=True)
            for each in folders
        ]
        _require_apart([each.name for each in self._found])

    async def repositories(self) -> AsyncIterator[FoundRepository]:
        """See :class:`~datagen.sources.collected.provider.RepositoryProvider`."""
        for each in self._found:
            yield each


def _require_apart(names: Sequence[str]) -> None:
    """Refuse names that two have, by which their rows are kept together.

    Raises:
        WrongUsage: names them.
    """
    if twice := {name for name in names if names.count(name) > 1}:
        raise WrongUsage(
            f"{', '.join(sorted(twice))}: two repositories have that name: collect each by itself"
        )


def _of_address(address: str) -> FoundRepository:
    if "://" not in address:
        path = Path(address)
        if not path.is_dir():
            raise WrongUsage(f"{address}: neither an address with https:// nor a folder")
        resolved = path.resolve()
        return FoundRepository(name=f"local/{resolved.name}", address=resolved.as_uri(), named=True)
    parts = urlsplit(checked_address(address))
    name = f"{parts.netloc}{parts.path.removesuffix('/').removesuffix('.git')}"
    return FoundRepository(name=name, address=address, page=address)
