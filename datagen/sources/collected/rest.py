"""Asks a service over HTTPS: within its limits, never elsewhere, and each page once while it lasts.

What is kept of pages lies in the cache's folder, so that a search that was stopped goes on without
asking again. A token is in a header alone; no redirect is followed, so that nobody else gets it.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from datagen.errors import CollectionRefused, CollectionUnavailable, PageGone, WrongUsage
from datagen.sources.collected.limits import TRIES, Limits, Pause, ServiceAnswer, ServiceRefusal

_TIMEOUT_SECONDS = 60.0
_MOST_BYTES = 32 * 1024 * 1024
"""Of one page; a hundred repositories are half a megabyte."""
_KEPT_HEADERS = ("x-ms-continuationtoken",)
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class ServicePage:
    """``headers``: those that lead to the next page."""

    data: Any
    headers: Mapping[str, str]


class PageCache:
    """Pages by their address, in files."""

    def __init__(self, folder: Path, ttl_hours: float) -> None:
        self._folder = folder / "pages"
        self._ttl_seconds = ttl_hours * 3600

    def get(self, address: str) -> ServicePage | None:
        """The page, where it is young enough."""
        try:
            kept = json.loads(self._file(address).read_bytes())
            if 0 <= time.time() - kept["fetched"] < self._ttl_seconds:
                return ServicePage(kept["data"], kept["headers"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return None

    def keep(self, address: str, page: ServicePage) -> None:
        """Keep it; a cache that cannot be written is none, and no fault."""
        kept = {"fetched": time.time(), "data": page.data, "headers": dict(page.headers)}
        file = self._file(address)
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            beside = file.with_suffix(".new")
            beside.write_text(json.dumps(kept))
            beside.replace(file)

    def _file(self, address: str) -> Path:
        return self._folder / f"{hashlib.sha256(address.encode()).hexdigest()[:32]}.json"


class RestService:
    """One service; an async context manager."""

    def __init__(
        self,
        base: str,
        limits: Limits,
        cache: PageCache,
        *,
        headers: Mapping[str, str],
        waiting: Callable[[float], None] = lambda _: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """``base``: its address. ``waiting`` hears how many seconds a limit asks for.

        Raises:
            WrongUsage: the address is not one that a token may go to.
        """
        self._base = checked_address(base).rstrip("/")
        self._limits = limits
        self._cache = cache
        self._waiting = waiting
        self._sleep = sleep
        self._pause = 0.0
        self._client = httpx.AsyncClient(
            headers={"User-Agent": "assay-datagen", **headers},
            timeout=_TIMEOUT_SECONDS,
            follow_redirects=False,
        )

    async def __aenter__(self) -> Self:
        """Itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close connections."""
        await self._client.aclose()

    def is_of(self, address: str) -> bool:
        """Whether an address is of this service, whose token may go there."""
        host, own = urlsplit(address).hostname, urlsplit(self._base).hostname
        return host is not None and own in (host, f"api.{host}")

    async def get(self, path: str, parameters: Mapping[str, str | int]) -> ServicePage:
        """A page.

        Raises:
            CollectionRefused: no request will do.
            PageGone: none for this page will.
            CollectionUnavailable: the service cannot be reached, or is cut off again and again.
        """
        request = self._client.build_request("GET", f"{self._base}{path}", params=dict(parameters))
        address = str(request.url)
        known = self._cache.get(address)
        if known is not None:
            return known
        tries = 0
        while True:
            await self._rest()
            tries += 1
            try:
                page, answer = await self._asked(request)
            except (httpx.TransportError, ValueError) as error:
                if tries >= TRIES:
                    words = str(error) or type(error).__name__
                    raise CollectionUnavailable(f"{self._base}: {words}") from error
                self._pause = 2.0 ** (tries - 1)
                continue
            ruling = self._limits(answer, tries, time.time())
            if isinstance(ruling, ServiceRefusal):
                refused = PageGone if ruling.gone else CollectionRefused
                raise refused(ruling.reason)
            if isinstance(ruling, Pause):
                self._pause = ruling.seconds
                if ruling.again:
                    continue
            self._cache.keep(address, page)
            return page

    async def _rest(self) -> None:
        seconds, self._pause = self._pause, 0.0
        if seconds:
            self._waiting(seconds)
            await self._sleep(seconds)

    async def _asked(self, request: httpx.Request) -> tuple[ServicePage, ServiceAnswer]:
        response = await self._client.send(request, stream=True)
        try:
            body = b""
            async for part in response.aiter_bytes():
                body += part
                if len(body) > _MOST_BYTES:
                    raise ValueError("an answer is too large")
        finally:
            await response.aclose()
        headers = {name.lower(): value for name, value in response.headers.items()}
        if response.status_code != 200:
            answer = ServiceAnswer(response.status_code, headers, _words(body))
            return ServicePage(None, {}), answer
        kept = {name: headers[name] for name in _KEPT_HEADERS if name in headers}
        return ServicePage(json.loads(body), kept), ServiceAnswer(200, headers)


def checked_address(address: str) -> str:
    """The address, where it is HTTPS, or HTTP on this machine.

    Raises:
        WrongUsage: it is another, or has a name and password in it.
    """
    parts = urlsplit(address)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not safe or not parts.hostname or parts.username or parts.password:
        raise WrongUsage(
            f"{parts.scheme or 'no scheme'}://{parts.hostname or ''}: an address is https:// (http "
            "on this machine alone), without a name or a password in it"
        )
    return address


def _words(body: bytes) -> str:
    """What an error's body says; never more than a line."""
    try:
        said = json.loads(body)
    except ValueError:
        return ""
    words = said.get("message", "") if isinstance(said, dict) else ""
    return " ".join(str(words).split())[:300]
