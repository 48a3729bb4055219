"""Serves moto's emulator of AWS on a unix socket: ``moto_process.py SOCKET``. Run in a box.

What moto has not implemented, or fails at itself, it would answer with HTTP 500, which every SDK
takes for a passing trouble and asks again for minutes. Here it is 501: asked once, told apart.
"""

import logging
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, run_simple
from werkzeug.wrappers import Response

_CODE = "NotImplemented"

_INDIFFERENT = {
    "AWSStepFunctions.ListStateMachineVersions": b'{"stateMachineVersions": []}',
    "AWSStepFunctions.ValidateStateMachineDefinition": b'{"result": "OK", "diagnostics": []}',
}
"""Calls that moto lacks, by which the provider asks for more whenever it plans or reads a type:
there is none that the emulator knows of."""


class _Quiet(WSGIRequestHandler):
    """Keeps connections open, and says nothing of requests."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""

    def address_string(self) -> str:
        """A unix socket's peer has no address."""
        return "box"


class _Honest:
    """Answers 501 where the application raises, and what it has no opinion of."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if answer := _INDIFFERENT.get(str(environ.get("HTTP_X_AMZ_TARGET"))):
            return Response(answer, content_type="application/x-amz-json-1.0")(environ, start)
        try:
            return self._application(environ, start)
        except Exception as error:  # noqa: BLE001 - whatever it is, the emulator cannot do it
            what = f"the emulator: {type(error).__name__}: {error}"
            return _refusal(str(environ.get("CONTENT_TYPE")), what)(environ, start)


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
    application = _Honest(DomainDispatcherApplication(_backend))
    run_simple(f"unix://{path}", 0, application, threaded=True, request_handler=_Quiet)


if __name__ == "__main__":
    main(sys.argv[1])
