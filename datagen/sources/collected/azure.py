"""Azure DevOps: the repositories of an organization's projects."""

import os
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from datagen.errors import CollectionUnavailable
from datagen.sources.collected.provider import FoundRepository
from datagen.sources.collected.rest import RestService, ServicePage
from datagen.sources.collected.settings import CollectionSettings

Model = TypeVar("Model", bound=BaseModel)

API = "https://dev.azure.com"
TOKEN = "AZURE_DEVOPS_TOKEN"
_VERSION = "7.1"
_CONTINUED = "x-ms-continuationtoken"


class _Project(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: str
    name: str


class _Projects(BaseModel):
    model_config = ConfigDict(extra="ignore")

    value: list[_Project]


class _Repository(BaseModel):
    model_config = ConfigDict(extra="ignore")

    name: str
    remoteUrl: str
    webUrl: str = ""
    size: int | None = None
    isDisabled: bool = False
    isFork: bool = False


class _Repositories(BaseModel):
    model_config = ConfigDict(extra="ignore")

    value: list[_Repository]


def azure_headers() -> dict[str, str]:
    """With the token of the environment, where there is one."""
    token = os.environ.get(TOKEN, "").strip()
    if not token:
        return {}
    return {"Authorization": f"Basic {b64encode(f':{token}'.encode()).decode()}"}


class AzureDevOps:
    """A :class:`~datagen.sources.collected.provider.RepositoryProvider`."""

    name = "azure"

    def __init__(
        self,
        service: RestService,
        settings: CollectionSettings,
        organization: str,
        projects: tuple[str, ...] = (),
    ) -> None:
        """``projects``: names of those that are looked into; all where none is named."""
        self._service = service
        self._most = settings.max_repos_per_search
        self._organization = organization
        self._projects = projects

    async def repositories(self) -> AsyncIterator[FoundRepository]:
        """See :class:`~datagen.sources.collected.provider.RepositoryProvider`."""
        organization = quote(self._organization, safe="")
        left = self._most
        async for project in self._found_projects(organization):
            page = await self._service.get(
                f"/{organization}/{quote(project.id, safe='')}/_apis/git/repositories",
                {"api-version": _VERSION},
            )
            for each in _read(_Repositories, page).value:
                if each.isDisabled:
                    continue
                if left <= 0:
                    return
                left -= 1
                yield FoundRepository(
                    name=f"dev.azure.com/{self._organization}/{project.name}/{each.name}",
                    address=_without_user(each.remoteUrl),
                    page=each.webUrl,
                    kilobytes=None if each.size is None else each.size // 1024,
                    fork=each.isFork,
                    headers=azure_headers() if self._service.is_of(each.remoteUrl) else {},
                )

    async def _found_projects(self, organization: str) -> AsyncIterator[_Project]:
        asked: dict[str, str | int] = {"api-version": _VERSION, "$top": 100}
        while True:
            page = await self._service.get(f"/{organization}/_apis/projects", asked)
            for project in _read(_Projects, page).value:
                if not self._projects or project.name in self._projects:
                    yield project
            following = page.headers.get(_CONTINUED)
            if not following:
                return
            asked["continuationToken"] = following


def _without_user(address: str) -> str:
    """``https://acme@dev.azure.com/…`` without the name that Azure puts there."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _read(model: type[Model], page: ServicePage) -> Model:
    try:
        return model.model_validate(page.data)
    except ValidationError as error:
        raise CollectionUnavailable(
            f"Azure DevOps' answer is not what its documentation says: {error.errors()[0]['msg']}"
        ) from error
