"""Serves moto's emulator of AWS on a unix socket: ``moto_process.py SOCKET``. Run in a box.

What moto has not implemented, or fails at itself, it would answer with HTTP 500, which every SDK
takes for a passing trouble and asks again for minutes; where it has no such path, with a page for
people, which no SDK can read. Here both are 501: asked once, told apart. So is, from some seconds
on, what a provider asks for over and over though it is not there.
"""

import io
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, run_simple
from werkzeug.wrappers import Request, Response

from sandbox.emulated.answers import answer
from sandbox.emulated.facts import Facts
from sandbox.emulated.polled import Polled
from sandbox.emulated.seeds import seed

_CODE = "NotImplemented"

_INDIFFERENT = {
    "AWSStepFunctions.ListStateMachineVersions": b'{"stateMachineVersions": []}',
    "AWSStepFunctions.ValidateStateMachineDefinition": b'{"result": "OK", "diagnostics": []}',
}
"""Calls that moto lacks, by which the provider asks for more whenever it plans or reads a type:
there is none that the emulator knows of."""

MAX_QUESTION_BYTES = 65_536
"""What is sent beyond is content, and no question that is asked again."""

_NO_SUCH_PATH = frozenset({404, 405})


class _Quiet(WSGIRequestHandler):
    """Keeps connections open, and says nothing of requests."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""

    def address_string(self) -> str:
        """A unix socket's peer has no address."""
        return "box"


class _Honest:
    """Answers 501 where the application raises or knows no such path, and from the facts."""

    def __init__(self, application: Callable[..., Iterable[bytes]], facts: Facts) -> None:
        self._application = application
        self._facts = facts
        self._polled = Polled()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if indifferent := _INDIFFERENT.get(str(environ.get("HTTP_X_AMZ_TARGET"))):
            kind = "application/x-amz-json-1.0"
            return Response(indifferent, content_type=kind)(environ, start)
        request = Request(environ)
        signed = request.headers.get("Authorization", "")
        known = answer(self._facts, signed, request.method, request.path, request.args)
        if known is not None:
            return Response(known.text, known.status, known.headers, content_type=known.kind)(
                environ, start
            )
        asked_in = str(environ.get("CONTENT_TYPE"))
        question = _question(request, environ)
        try:
            response = Response.from_app(self._application, environ)
        except Exception as error:  # noqa: BLE001 - whatever it is, the emulator cannot do it
            what = f"the emulator: {type(error).__name__}: {error}"
            return _refusal(asked_in, what)(environ, start)
        if response.status_code in _NO_SUCH_PATH and response.mimetype == "text/html":
            what = f"the emulator: no such path as {request.path}"
            return _refusal(asked_in, what)(environ, start)
        target = request.headers.get("X-Amz-Target", "")
        call = target or (request.form.get("Action", "") if question else "")
        if question and self._polled.in_vain(call, question, response.get_data(), time.monotonic()):
            what = f"the emulator: waiting does not bring what is not there: {call}"
            return _refusal(asked_in, what)(environ, start)
        return response(environ, start)


def _question(request: Request, environ: dict[str, Any]) -> bytes:
    """What is asked, b"" of what is too long to be a question; it stays there to be read."""
    if not 0 < (request.content_length or 0) <= MAX_QUESTION_BYTES:
        return b""
    body = request.get_data()
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _refusal(asked_in: str, what: str) -> Response:
    if "json" in asked_in:
        text = f'{{"__type": "{_CODE}", "message": "{_plain(what)}"}}'
        kind = "application/json"
    else:
        error = f"<Error><Code>{_CODE}</Code><Message>{_plain(what)}</Message></Error>"
        text, kind = f"<ErrorResponse>{error}</ErrorResponse>", "text/xml"
    return Response(text, 501, {"x-amzn-errortype": _CODE}, content_type=kind)


def _plain(text: str) -> str:
    """Text that neither JSON nor XML takes for anything else."""
    return "".join(letter if letter.isalnum() or letter in " :._-" else " " for letter in text)


def _backend(service: Any) -> Any:
    app = create_backend_app(service)
    app.config["PROPAGATE_EXCEPTIONS"] = True  # to _Honest, instead of an HTTP 500
    return app


def main(path: str) -> None:
    """Serve until killed."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"  # every account has AWS's own policies
    facts = Facts.read()
    seed(facts)
    application = _Honest(DomainDispatcherApplication(_backend), facts)
    run_simple(f"unix://{path}", 0, application, threaded=True, request_handler=_Quiet)


if __name__ == "__main__":
    main(sys.argv[1])
