"""What holds for every connection of the HTTP face, before a request is ours.

aiohttp leaves open how many there may be, how long a body may take, what a broken request is told
and how much is logged of it; here it is said.
"""

import asyncio
import logging
import resource
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

_LOG = logging.getLogger(__name__)

_NO_LOG = logging.getLogger(f"{__name__}.none")
_NO_LOG.disabled = True

_STEP_BYTES = 1024 * 1024
"""That are unpacked at once; others get a turn in between."""

_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""zlib's ``wbits`` for each Content-Encoding that is understood (RFC 9110, section 8.4.1)."""

_SHOWN_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What clients of the HTTP face may take."""

    connections: int = 1024
    """At once; a quarter of the files that the process may open where that is less, for boxes,
    tools and gRPC need files too."""
    idle_seconds: float = 30.0
    """Until the first byte of a request's body is due, its headers included, and between two
    requests of a connection."""
    body_seconds: float = 60.0
    """For a whole body."""
    answer_seconds: float = 60.0
    """Until a client has taken an answer."""
    body_bytes: int = 64 * 1024 * 1024
    """Of one body, unpacked: as large as a gRPC message may be."""
    bodies_bytes: int = 512 * 1024 * 1024
    """Of all bodies whose requests are not answered yet: what is parsed of them is as large."""

    def connections_here(self) -> int:
        """As many as this process can have."""
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return min(self.connections, max(1, files // 4))


DEFAULT_BOUNDS = ConnectionLimits()


class HttpConnection(web.RequestHandler):
    """One connection: refused beyond the bound, and told in JSON and one line what was wrong."""

    __slots__ = ("_answer_seconds", "_most", "_others")

    def __init__(self, manager: web.Server, bounds: ConnectionLimits) -> None:
        super().__init__(
            manager,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=bounds.idle_seconds,
            lingering_time=2.0,
            access_log=_NO_LOG,  # the product's own is rewardsvc.access
            auto_decompress=False,
        )
        self._others = manager
        self._answer_seconds = bounds.answer_seconds
        self._most = bounds.connections_here()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See :meth:`asyncio.Protocol.connection_made`."""
        if len(self._others.connections) >= self._most:
            assert isinstance(transport, asyncio.Transport)
            body = b'{"field": "", "message": "too many connections; come back later"}'
            transport.write(
                b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
                b"Retry-After: 1\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b"
                % (len(body), body)
            )
            transport.close()
            self.close()
            return
        super().connection_made(transport)

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer; a client that does not take it is let go."""
        try:
            async with asyncio.timeout(self._answer_seconds):
                return await super().finish_response(request, resp, start_time)
        except TimeoutError:
            if isinstance(self.transport, asyncio.Transport):
                self.transport.abort()  # close() would wait for what nobody takes
            raise ConnectionResetError("the answer is not taken") from None

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What is told of a request that is no HTTP, or that broke on our side."""
        if status == 500:
            _LOG.error("an unforeseen error in a request from %s", request.remote, exc_info=exc)
            message = "an unforeseen error; the server's log has it"
        else:
            # Whatever a stranger sent: on one line, and not much of it.
            shown = ascii(message or str(exc))[:_SHOWN_CHARACTERS]
            _LOG.warning("a malformed request from %s: %s", request.remote, shown)
            message = f"not HTTP as it should be: {shown}"
        if request.writer.output_size > 0:
            raise ConnectionError("the answer had begun")
        response = error_response(status, message)
        response.force_close()
        return response


class Bodies:
    """The bodies that are in memory, bounded one by one and together."""

    def __init__(self, bounds: ConnectionLimits) -> None:
        self._bounds = bounds
        self._held = 0

    @asynccontextmanager
    async def body(self, request: web.Request) -> AsyncIterator[bytes]:
        """The body of a request, unpacked; it counts until the end of the block.

        Raises:
            web.HTTPException: it is too large, too slow, not what its encoding says, or there is
                no room for it.
        """
        announced = request.content_length
        if announced is not None and announced > self._bounds.body_bytes:
            raise self._too_large()
        held = 0
        data = bytearray()
        try:
            async with asyncio.timeout(self._bounds.body_seconds):
                async for chunk in unpacked(request):
                    data += chunk
                    held += len(chunk)
                    self._held += len(chunk)
                    if held > self._bounds.body_bytes:
                        raise self._too_large()
                    if self._held > self._bounds.bodies_bytes:
                        raise web.HTTPServiceUnavailable(
                            text="too many large requests at once; come back later",
                            headers={"Retry-After": "1"},
                        )
        except TimeoutError as error:
            self._held -= held
            raise web.HTTPRequestTimeout(
                text=f"the body did not come within {self._bounds.body_seconds:g} s"
            ) from error
        except BaseException:
            self._held -= held
            raise
        try:
            yield bytes(data)
        finally:
            self._held -= held

    def _too_large(self) -> web.HTTPException:
        most = self._bounds.body_bytes
        return web.HTTPRequestEntityTooLarge(
            max_size=most, actual_size=most + 1, text=f"a body may have {most} bytes, unpacked"
        )


async def unpacked(request: web.Request) -> AsyncIterator[bytes]:
    """The chunks of a body as its Content-Encoding says, in steps of bounded size.

    Raises:
        web.HTTPBadRequest: it is not what the encoding says, or its framing is broken.
        web.HTTPUnsupportedMediaType: an encoding that is not understood.
    """
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity") and encoding not in _WINDOWS:
        raise web.HTTPUnsupportedMediaType(
            text=f"Content-Encoding {encoding[:40]!a} is none of gzip, deflate, identity"
        )
    unpack = zlib.decompressobj(_WINDOWS[encoding]) if encoding in _WINDOWS else None
    step_was_full = False
    try:
        async for chunk in request.content.iter_any():
            if unpack is None:
                yield chunk
                continue
            packed = chunk
            while packed or (step_was_full and not unpack.eof):
                if unpack.eof:
                    raise web.HTTPBadRequest(text=f"the body has more than its {encoding} data")
                step = unpack.decompress(packed, _STEP_BYTES)
                step_was_full = len(step) == _STEP_BYTES
                packed = unpack.unconsumed_tail or unpack.unused_data
                yield step
                await asyncio.sleep(0)
    except zlib.error as error:
        raise web.HTTPBadRequest(text=f"the body is not {encoding}: {error}") from error
    except web.RequestPayloadError as error:
        raise web.HTTPBadRequest(text=f"the body is not framed as it should be: {error}") from error
    if unpack is not None and not unpack.eof:
        raise web.HTTPBadRequest(text=f"the body ends within its {encoding} data")


def error_response(
    status: int, message: str, field: str = "", headers: dict[str, str] | None = None
) -> web.Response:
    """What is told in place of an answer: ``field`` names what is wrong in a request's JSON."""
    return web.json_response({"field": field, "message": message}, status=status, headers=headers)
