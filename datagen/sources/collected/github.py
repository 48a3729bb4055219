"""GitHub: repositories by search, and those of files that a search for code finds.

Not githubkit or PyGithub: three addresses are asked for, and what takes care is when, which is
``limits``.
"""

import os
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from datagen.errors import CollectionUnavailable, PageGone, TokenMissing
from datagen.sources.collected.provider import FoundRepository
from datagen.sources.collected.rest import RestService, ServicePage
from datagen.sources.collected.settings import CollectionSettings
from datagen.sources.collected.slices import PER_PAGE, SHOWN, SearchSlice, too_many

Model = TypeVar("Model", bound=BaseModel)

API = "https://api.github.com"
TOKEN = "GITHUB_TOKEN"


class _Licence(BaseModel):
    spdx_id: str | None = None


class _Item(BaseModel):
    model_config = ConfigDict(extra="ignore")

    full_name: str
    clone_url: str
    html_url: str = ""
    size: int | None = None
    fork: bool = False
    archived: bool = False
    license: _Licence | None = None


class _Found(BaseModel):
    model_config = ConfigDict(extra="ignore")

    total_count: int
    incomplete_results: bool = False
    items: list[_Item]


class _Named(BaseModel):
    model_config = ConfigDict(extra="ignore")

    full_name: str


class _CodeItem(BaseModel):
    model_config = ConfigDict(extra="ignore")

    repository: _Named


class _FoundCode(BaseModel):
    model_config = ConfigDict(extra="ignore")

    total_count: int
    incomplete_results: bool = False
    items: list[_CodeItem]


def github_headers() -> dict[str, str]:
    """With the token of the environment, where there is one."""
    token = os.environ.get(TOKEN, "").strip()
    return {
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
        **({"Authorization": f"Bearer {token}"} if token else {}),
    }


class GitHub:
    """A :class:`~datagen.sources.collected.provider.RepositoryProvider`.

    ``incomplete``: searches that GitHub did not finish and that cannot be cut further.
    """

    name = "github"

    def __init__(self, service: RestService, settings: CollectionSettings, today: date) -> None:
        """``today``: where the newest slice ends.

        Raises:
            TokenMissing: code is searched for, and there is no token.
        """
        self._service = service
        self._settings = settings
        self._today = today
        self._token = os.environ.get(TOKEN, "").strip()
        self.incomplete = 0
        if settings.code_queries and not self._token:
            raise TokenMissing(f"{TOKEN} is not set: GitHub lets no stranger search for code")

    async def repositories(self) -> AsyncIterator[FoundRepository]:
        """See :class:`~datagen.sources.collected.provider.RepositoryProvider`."""
        seen: set[str] = set()
        for query in self._settings.queries:
            async for item in self._searched(query):
                if item.full_name not in seen:
                    seen.add(item.full_name)
                    yield self._found(item)
        for query in self._settings.code_queries:
            async for name in self._searched_code(query):
                if name not in seen:
                    seen.add(name)
                    yield await self._named(name)

    async def _searched(self, query: str) -> AsyncIterator[_Item]:
        left = self._settings.max_repos_per_search
        waiting: list[SearchSlice | None] = [None]
        while waiting and left > 0:
            part = waiting.pop(0)
            words = query if part is None else f"{query} {part.qualifiers}"
            first = await self._page(words, 1)
            if too_many(first.total_count, left, incomplete=first.incomplete_results):
                whole = SearchSlice(self._settings.created_since, self._today)
                halves = (whole,) if part is None else part.halves()
                if halves is not None:
                    waiting = [*halves, *waiting]
                    continue
                self.incomplete += 1
            for item in first.items[:left]:
                yield item
            left -= len(first.items)
            shown = min(first.total_count, SHOWN)
            for number in range(2, (shown + PER_PAGE - 1) // PER_PAGE + 1):
                if left <= 0:
                    return
                page = await self._page(words, number)
                for item in page.items[:left]:
                    yield item
                left -= len(page.items)

    async def _searched_code(self, query: str) -> AsyncIterator[str]:
        """The names of repositories; code cannot be cut by day, so the first 1,000 files count."""
        names: set[str] = set()
        for number in range(1, SHOWN // PER_PAGE + 1):
            asked: dict[str, str | int] = {"q": query, "per_page": PER_PAGE, "page": number}
            page = await self._service.get("/search/code", asked)
            found = _read(_FoundCode, page)
            self.incomplete += found.incomplete_results
            for item in found.items:
                name = item.repository.full_name
                if name not in names and len(names) < self._settings.max_repos_per_search:
                    names.add(name)
                    yield name
            if number * PER_PAGE >= found.total_count:
                return
            if len(names) >= self._settings.max_repos_per_search:
                return

    async def _named(self, name: str) -> FoundRepository:
        """One by its name. The index of code is older than what became of repositories since."""
        try:
            page = await self._service.get(f"/repos/{name}", {})
        except PageGone:
            return FoundRepository(name=f"github.com/{name}", address="", gone=True)
        return self._found(_read(_Item, page))

    async def _page(self, query: str, number: int) -> _Found:
        asked: Mapping[str, str | int] = {
            "q": query,
            "sort": "stars",
            "order": "desc",
            "per_page": PER_PAGE,
            "page": number,
        }
        return _read(_Found, await self._service.get("/search/repositories", asked))

    def _found(self, item: _Item) -> FoundRepository:
        licence = item.license.spdx_id if item.license is not None else None
        basic = b64encode(f"x-access-token:{self._token}".encode()).decode()
        return FoundRepository(
            name=f"github.com/{item.full_name}",
            address=item.clone_url,
            page=item.html_url,
            licence="" if licence in (None, "NOASSERTION") else licence,
            kilobytes=item.size,
            fork=item.fork,
            archived=item.archived,
            headers=(
                {"Authorization": f"Basic {basic}"}
                if self._token and self._service.is_of(item.clone_url)
                else {}
            ),
        )


def _read(model: type[Model], page: ServicePage) -> Model:
    try:
        return model.model_validate(page.data)
    except ValidationError as error:
        raise CollectionUnavailable(
            f"GitHub's answer is not what its documentation says: {error.errors()[0]['msg']}"
        ) from error
