"""Opens providers: where a token is read, and where connections are closed."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from datagen.sources.collected import CollectionSettings, RepositoryProvider
from datagen.sources.collected.azure import AzureDevOps, azure_headers
from datagen.sources.collected.github import GitHub, github_headers
from datagen.sources.collected.limits import azure_limits, github_limits
from datagen.sources.collected.rest import PageCache, RestService

Waiting = Callable[[float], None]


@asynccontextmanager
async def open_github(
    settings: CollectionSettings, api: str, cache: Path, waiting: Waiting
) -> AsyncIterator[RepositoryProvider]:
    """GitHub, or GitHub Enterprise at another address.

    Raises:
        WrongUsage: the address is not one that a token may go to.
        TokenMissing: code is searched for, and there is no token.
    """
    pages = PageCache(cache, settings.cache_ttl_hours)
    async with RestService(
        api, github_limits, pages, headers=github_headers(), waiting=waiting
    ) as service:
        yield GitHub(service, settings, datetime.now(UTC).date())


@asynccontextmanager
async def open_azure(
    settings: CollectionSettings,
    api: str,
    cache: Path,
    waiting: Waiting,
    *,
    organization: str,
    projects: tuple[str, ...] = (),
) -> AsyncIterator[RepositoryProvider]:
    """Azure DevOps.

    Raises:
        WrongUsage: the address is not one that a token may go to.
    """
    pages = PageCache(cache, settings.cache_ttl_hours)
    async with RestService(
        api, azure_limits, pages, headers=azure_headers(), waiting=waiting
    ) as service:
        yield AzureDevOps(service, settings, organization, projects)


@asynccontextmanager
async def opened(provider: RepositoryProvider) -> AsyncIterator[RepositoryProvider]:
    """A provider that has nothing to close."""
    yield provider
