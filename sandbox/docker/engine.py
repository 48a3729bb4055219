"""The Docker engine through its SDK: a few typed, awaitable calls; no SDK object leaves here.

The SDK blocks, so its calls run in threads: a few for most calls, a few for statistics, which
take up to a second, and others for what ends containers, so that an end waits for nothing else.
No thread waits for a program: streams are on the event loop (``stream``, which says why not
aiodocker). For the rest the official SDK does.
"""

import asyncio
import contextlib
import functools
import json
import os
import urllib.parse
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import docker
import requests
from docker.errors import APIError, DockerException, ImageNotFound, NotFound

from sandbox.docker.stream import AttachedStream, ContainerGone, attach, lines
from sandbox.errors import IsolationMissing, SandboxError

VERSION = "1.41"
"""Of the API: the first with private control group namespaces and one-shot statistics."""

DEFAULT = "unix:///var/run/docker.sock"
CALL_SECONDS = 60
"""An engine that does not answer a call for so long is broken."""

_MAKING, _LOOKING, _ENDING = 6, 4, 4
"""Threads. Making a container takes 0.15 s, statistics up to 1 s, ending a container 0.1 s, the
rest milliseconds."""

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class State:
    """Of a container."""

    running: bool
    pid: int
    """Of its first process, as the engine's machine counts them."""


@dataclass(frozen=True, slots=True)
class Found:
    """A container that was there before us."""

    id: str
    labels: Mapping[str, str]


class Engine:
    """The engine behind one socket; made by :func:`connect`."""

    def __init__(self, client: docker.APIClient, socket: Path) -> None:
        self._client = client
        self._socket = socket
        self._making = ThreadPoolExecutor(_MAKING, "docker-make")
        self._looking = ThreadPoolExecutor(_LOOKING, "docker-look")
        self._ending = ThreadPoolExecutor(_ENDING, "docker-end")

    async def close(self) -> None:
        """Give up threads and connections."""
        for pool in (self._making, self._looking, self._ending):
            await asyncio.to_thread(pool.shutdown)
        self._client.close()

    async def image(self, name: str) -> str:
        """The id of the image of that name.

        Raises:
            IsolationMissing: there is none.
        """
        try:
            return str((await self._make(self._client.inspect_image, name))["Id"])
        except ContainerGone as error:
            raise IsolationMissing(
                f"there is no image {name!r}: build it with `docker build -t {name} "
                "-f deploy/Dockerfile .`, or name another (ASSAY_DOCKER_IMAGE)"
            ) from error

    async def create(self, config: dict[str, Any]) -> str:
        """Make a container and give its id."""
        made = await self._make(self._client.create_container_from_config, config)
        return str(made["Id"])

    async def start(self, container: str) -> None:
        """Start a container that was made."""
        await self._make(self._client.start, container)

    async def attach(self, container: str) -> AttachedStream:
        """The standard input of a container's own program."""
        return await attach(
            self._socket, f"/v{VERSION}/containers/{container}/attach?stream=1&stdin=1"
        )

    async def prepare(self, container: str, argv: list[str], *, user: str, place: str) -> str:
        """Make an exec that takes input and gives output, and give its id."""
        made = await self._make(
            functools.partial(self._client.exec_create, stdin=True, user=user, workdir=place),
            container,
            argv,
        )
        return str(made["Id"])

    async def execute(self, prepared: str) -> AttachedStream:
        """Start an exec and give its streams."""
        path = f"/v{VERSION}/exec/{prepared}/start"
        return await attach(self._socket, path, {"Detach": False, "Tty": False})

    async def exit_code(self, prepared: str) -> int | None:
        """The exit code of an exec, None while it runs."""
        found = await self._make(self._client.exec_inspect, prepared)
        return None if found["Running"] or found["ExitCode"] is None else int(found["ExitCode"])

    async def state(self, container: str) -> State:
        """Whether a container runs."""
        found = (await self._make(self._client.inspect_container, container))["State"]
        return State(bool(found["Running"]), int(found["Pid"]))

    async def out_of_memory(self, label: str) -> AsyncIterator[str]:
        """The containers with a label in which the kernel ends a process for memory, as it does.

        Raises:
            SandboxError: the engine does not answer, or refused.
        """
        wanted = urllib.parse.quote(json.dumps({"event": ["oom"], "label": [label]}))
        async for event in lines(self._socket, f"/v{VERSION}/events?filters={wanted}"):
            yield str(event["Actor"]["ID"])

    async def stats(self, container: str) -> dict[str, Any]:
        """Statistics; the engine gives them once a second and makes who asks earlier wait."""
        found: dict[str, Any] = await self._in(
            self._looking,
            functools.partial(self._client.stats, container, stream=False, one_shot=True),
        )
        return found

    async def tasks(self, container: str) -> int:
        """How many processes there are in a container."""
        found = await self._make(self._client.top, container, "-opid")
        return len(found["Processes"])

    async def kill(self, container: str) -> None:
        """End a container and all in it; returns when it is gone, or was already."""
        with contextlib.suppress(ContainerGone):
            await self._end(self._client.kill, container)

    async def remove(self, container: str) -> None:
        """End and remove a container; one that removes itself, or is gone, is fine."""
        with contextlib.suppress(ContainerGone):
            await self._end(functools.partial(self._client.remove_container, force=True), container)

    async def labelled(self, label: str) -> tuple[Found, ...]:
        """The containers that have a label, stopped ones included."""
        found = await self._make(
            functools.partial(self._client.containers, all=True, filters={"label": label})
        )
        return tuple(Found(each["Id"], each["Labels"]) for each in found)

    async def _make(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._in(self._making, functools.partial(call, *args, **kwargs))

    async def _end(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._in(self._ending, functools.partial(call, *args, **kwargs))

    async def _in(self, pool: ThreadPoolExecutor, call: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, call)
        except (NotFound, ImageNotFound) as error:
            raise ContainerGone(_words(error)) from error
        except APIError as error:
            if error.status_code == 409:  # "is not running", "removal … already in progress"
                raise ContainerGone(_words(error)) from error
            raise SandboxError(f"the Docker engine refused: {_words(error)}") from error
        except (DockerException, requests.RequestException, OSError) as error:
            raise SandboxError(f"the Docker engine does not answer: {error}") from error


async def connect() -> Engine:
    """The engine that ``DOCKER_HOST`` names, or that of this machine.

    Raises:
        IsolationMissing: none answers; says what to do.
    """
    address = os.environ.get("DOCKER_HOST") or DEFAULT
    if not address.startswith("unix://"):
        raise IsolationMissing(
            f"the docker sandbox needs an engine that sees the files of this machine, through a "
            f"unix socket; DOCKER_HOST is {address}"
        )
    socket = Path(address.removeprefix("unix://"))
    try:
        client = docker.APIClient(base_url=address, version=VERSION, timeout=CALL_SECONDS)
        await asyncio.to_thread(client.ping)
    except (DockerException, requests.RequestException, OSError) as error:
        raise IsolationMissing(
            f"no Docker engine answers at {socket} ({error}): start dockerd, let this user use "
            "its socket (group docker), or choose the sandbox bubblewrap"
        ) from error
    return Engine(client, socket)


def _words(error: APIError) -> str:
    return str(error.explanation or error).strip()
