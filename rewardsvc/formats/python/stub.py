"""A stand-in for AWS inside a box: it records what is asked of it and answers as if it were done.

It answers SageMaker's JSON protocol (``X-Amz-Target``), STS and IAM (query) and S3 (REST) as far as
a script needs to go on to its next submission. Not moto: a box has nothing of ours but the standard
library.
"""

import json
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MAX_REQUESTS = 200
MAX_BODY = 512 * 1024
MAX_DEPTH = 100
"""Values within values; nothing that is really submitted comes near it."""

ROLE = "arn:aws:iam::123456789012:role/box"
_IDENTITY = (
    "<GetCallerIdentityResponse><GetCallerIdentityResult>"
    "<Arn>arn:aws:sts::123456789012:assumed-role/box/box</Arn>"
    "<UserId>AIDABOX:box</UserId><Account>123456789012</Account></GetCallerIdentityResult>"
    "</GetCallerIdentityResponse>"
)
_ROLE = (
    "<GetRoleResponse><GetRoleResult><Role><Path>/</Path><RoleName>box</RoleName>"
    f"<RoleId>AROABOX</RoleId><Arn>{ROLE}</Arn><CreateDate>2024-01-01T00:00:00Z</CreateDate>"
    "</Role></GetRoleResult></GetRoleResponse>"
)
_BUCKETS = (
    "<ListAllMyBucketsResult><Owner><ID>box</ID></Owner><Buckets><Bucket>"
    "<Name>sagemaker-us-east-1-123456789012</Name>"
    "<CreationDate>2024-01-01T00:00:00Z</CreationDate></Bucket></Buckets></ListAllMyBucketsResult>"
)
_DONE = (
    "TrainingJob", "ProcessingJob", "TransformJob", "HyperParameterTuningJob", "AutoMLJob",
    "CompilationJob", "LabelingJob",
)  # fmt: skip


def sound(text: str | bytes) -> Any:
    """The value of a JSON text that everybody can read: Unicode, finite numbers, not too deep.

    Raises:
        ValueError, RecursionError: it is none.
    """
    value = json.loads(text)
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    layer = [value]
    for _ in range(MAX_DEPTH):
        layer = [
            each
            for outer in layer
            if isinstance(outer, dict | list)
            for each in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not layer:
            return value
    raise ValueError("too deep")


class Endpoint:
    """The server; ``requests`` is what was asked so far, in order."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.made: dict[tuple[str, str], dict[str, Any]] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            """One connection."""

            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *arguments: object) -> None:
                """Say nothing."""

            def serve(self) -> None:
                """Record the request and answer it."""
                length = min(int(self.headers.get("Content-Length") or 0), MAX_BODY)
                body = self.rfile.read(length)
                target = str(self.headers.get("X-Amz-Target") or "")
                status, kind, text = outer.answer(self.command, self.path, target, body)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text)))
                self.send_header("Connection", "close")
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(text)

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = serve

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        # A thread, because the supervisor's own loop waits for the script.
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, method: str, path: str, target: str, body: bytes) -> tuple[int, str, bytes]:
        """Status, content type and body for one request."""
        if target:
            return self.json_protocol(target, body)
        query = dict(urllib.parse.parse_qsl(body.decode("utf-8", "replace")))
        if "Action" in query:
            self.record("query", query.pop("Action"), query)
            text = _IDENTITY if b"GetCallerIdentity" in body else _ROLE
            return 200, "text/xml", text.encode()
        operation = {"PUT": "PutObject", "GET": "GetObject", "HEAD": "HeadBucket"}
        where = urllib.parse.unquote(path.partition("?")[0])
        self.record("s3", operation.get(method, method), {"path": where})
        text = _BUCKETS if where == "/" else "<Result/>"
        return 200, "application/xml", text.encode() if method in {"GET", "POST"} else b""

    def json_protocol(self, target: str, body: bytes) -> tuple[int, str, bytes]:
        """SageMaker and its like: what is created exists and is done at once."""
        service, _, operation = target.partition(".")
        try:
            request = sound(body or b"{}")
        except (ValueError, RecursionError):
            request = None
        if not isinstance(request, dict):
            return 400, "application/x-amz-json-1.1", b'{"__type": "SerializationException"}'
        for key, given in list(request.items()):
            if key.endswith("Definition") and isinstance(given, str):
                try:
                    request[key] = sound(given)
                except (ValueError, RecursionError):
                    continue
        self.record(service.lower().removesuffix("service"), operation, request)
        reply = json.dumps(self.reply(operation, request))
        return 200, "application/x-amz-json-1.1", reply.encode()

    def reply(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """What the service would say of a thing that was asked for."""
        verb = next((v for v in ("Create", "Describe", "Update", "Start", "List") if
                     operation.startswith(v)), "")  # fmt: skip
        kind = operation.removeprefix(verb)
        name = str(request.get(f"{kind}Name", "box"))
        arn = f"arn:aws:sagemaker:us-east-1:123456789012:{kind.lower()}/{name}"
        if kind == "LogStreams":
            return {"logStreams": []}
        if verb == "Describe":
            status = "Completed" if kind in _DONE else "InService"
            made = self.made.get((kind, name), {})
            done: dict[str, Any] = {f"{kind}Arn": arn, f"{kind}Status": status, f"{kind}Name": name}
            if kind == "TrainingJob":
                artifact = f"s3://box/{name}/output/model.tar.gz"
                done["ModelArtifacts"] = {"S3ModelArtifacts": artifact}
                done["SecondaryStatus"] = "Completed"
            return made | done
        if verb == "List":
            return {}
        self.made[kind, name] = request
        return {f"{kind}Arn": arn, f"{kind}ExecutionArn": arn}

    def record(self, service: str, operation: str, request: Any) -> None:
        """Keep it, while there is room."""
        if len(self.requests) < MAX_REQUESTS:
            entry = {"service": service, "operation": operation, "request": request}
            self.requests.append(entry)
