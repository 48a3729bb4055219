"""A small Terraform provider that speaks plugin protocol 6, for tests: ``random_pet``, unrandom.

It is what a registry's plugin is, as far as Terraform can tell: it says go-plugin's hello, talks
TLS where Terraform starts it (which hands it a certificate) and plain gRPC where it does not, and
answers tfplugin6. Run as a program; it needs grpcio, msgpack and trustme and nothing of ours.
https://github.com/hashicorp/terraform/blob/v1.11.4/docs/plugin-protocol/tfplugin6.8.proto
"""

import asyncio
import base64
import json
import os
import ssl
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import msgpack
import trustme

UNKNOWN = msgpack.ExtType(0, b"\0")
ANIMALS = ("otter", "heron", "lynx")


def number(value: int) -> bytes:
    """A varint."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])


def text(field: int, value: bytes | str) -> bytes:
    """A field that holds bytes, text or a message."""
    content = value.encode() if isinstance(value, str) else value
    return number(field << 3 | 2) + number(len(content)) + content


def flag(field: int) -> bytes:
    """A field that holds true, or the enum's first value."""
    return number(field << 3) + number(1)


def read(message: bytes) -> dict[int, bytes]:
    """The fields of a message that have a length; of a repeated one the last."""
    found: dict[int, bytes] = {}
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    while at < len(message):
        tag = varint()
        size = varint()
        if tag & 7 == 2:
            found[tag >> 3] = message[at : at + size]
            at += size
    return found


def value_of(request: bytes, field: int) -> Any:
    """A DynamicValue of a request."""
    return msgpack.unpackb(read(read(request)[field])[1], strict_map_key=False)


def dynamic(field: int, value: Any) -> bytes:
    """A field that holds a DynamicValue."""
    return text(field, text(1, msgpack.packb(value)))


def attribute(name: str, kind: str, *how: int) -> bytes:
    """An attribute of a schema; ``how``: 4 required, 5 optional, 6 computed."""
    return text(2, text(1, name) + text(2, json.dumps(kind)) + b"".join(map(flag, how)))


def entry(field: int, name: str, *attributes: bytes) -> bytes:
    """A type's schema in the answer's maps."""
    return text(field, text(1, name) + text(2, text(2, b"".join(attributes))))


def problem(field: int, name: str, summary: str) -> bytes:
    """A diagnostic that is an error and points to an attribute."""
    return text(field, flag(1) + text(2, summary) + text(4, text(1, text(1, name))))


SCHEMA = b"".join(
    (
        text(1, text(2, attribute("zoo", "string", 5))),
        entry(
            2,
            "random_pet",
            attribute("id", "string", 6),
            attribute("length", "number", 5),
            attribute("prefix", "string", 5),
        ),
        entry(2, "random_other", attribute("id", "string", 6)),
        entry(3, "random_animal", attribute("number", "number", 4), attribute("name", "string", 6)),
    )
)


class Plugin:
    """Answers to Terraform's questions; ``zoo`` is what it was configured with."""

    def __init__(self) -> None:
        self.zoo = ""
        self.stop = asyncio.Event()

    def schema(self, request: bytes) -> bytes:
        """GetProviderSchema."""
        return SCHEMA

    def validate_provider(self, request: bytes) -> bytes:
        """ValidateProviderConfig."""
        bad = value_of(request, 1)["zoo"] == "closed"
        return problem(2, "zoo", "The zoo is closed") if bad else b""

    def configure(self, request: bytes) -> bytes:
        """ConfigureProvider."""
        self.zoo = value_of(request, 2)["zoo"] or "wild"
        return b""

    def validate_resource(self, request: bytes) -> bytes:
        """ValidateResourceConfig."""
        length = value_of(request, 2).get("length")
        bad = isinstance(length, int) and length < 1
        return problem(1, "length", "A pet has a positive length") if bad else b""

    def validate_data(self, request: bytes) -> bytes:
        """ValidateDataResourceConfig."""
        return b""

    def plan(self, request: bytes) -> bytes:
        """PlanResourceChange."""
        prior, proposed = value_of(request, 2), value_of(request, 3)
        if proposed is None or prior is not None:
            return dynamic(1, proposed)
        return dynamic(1, {**proposed, "id": UNKNOWN})

    def apply(self, request: bytes) -> bytes:
        """ApplyResourceChange."""
        planned = value_of(request, 3)
        if planned is None:
            return dynamic(1, None)
        prefix = planned.get("prefix") or self.zoo
        return dynamic(1, {**planned, "id": f"{prefix}-{ANIMALS[0]}"})

    def read_data(self, request: bytes) -> bytes:
        """ReadDataSource: says which configuration it answers with."""
        config = value_of(request, 2)
        name = ANIMALS[int(config["number"]) % len(ANIMALS)]
        return dynamic(1, {**config, "name": f"{self.zoo}-{name}"})

    def end(self, request: bytes) -> bytes:
        """Shutdown."""
        self.stop.set()
        return b""

    def nothing(self, request: bytes) -> bytes:
        """StopProvider."""
        return b""


class Handler(grpc.GenericRpcHandler):
    """Finds the answer to a method."""

    def __init__(self, plugin: Plugin) -> None:
        provider: dict[str, Callable[[bytes], bytes]] = {
            "GetProviderSchema": plugin.schema,
            "ValidateProviderConfig": plugin.validate_provider,
            "ConfigureProvider": plugin.configure,
            "ValidateResourceConfig": plugin.validate_resource,
            "ValidateDataResourceConfig": plugin.validate_data,
            "PlanResourceChange": plugin.plan,
            "ApplyResourceChange": plugin.apply,
            "ReadDataSource": plugin.read_data,
            "StopProvider": plugin.nothing,
        }
        self._known = {f"/tfplugin6.Provider/{name}": call for name, call in provider.items()}
        self._known["/plugin.GRPCController/Shutdown"] = plugin.end

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        """gRPC's question for a method."""
        method = handler_call_details.method
        if method == "/plugin.GRPCStdio/StreamStdio":
            return grpc.unary_stream_rpc_method_handler(silence)
        if method not in self._known:
            return None
        call = self._known[method]

        async def answer(request: bytes, context: Any) -> bytes:
            return call(request)

        return grpc.unary_unary_rpc_method_handler(answer)


async def silence(request: bytes, context: Any) -> AsyncIterator[bytes]:
    """The stream of the plugin's own output."""
    await asyncio.Event().wait()
    yield b""


def certificate() -> tuple[bytes, bytes, bytes]:
    """A key (PEM) and a certificate (PEM, DER) for this process alone, as go-plugin makes one."""
    issued = trustme.CA().issue_cert("localhost")
    pem = issued.cert_chain_pems[0].bytes()
    return issued.private_key_pem.bytes(), pem, ssl.PEM_cert_to_DER_cert(pem.decode())


def hello(address: str, der: bytes) -> Iterator[str]:
    """The parts of go-plugin's first line."""
    yield from ("1", "6", "unix", address, "grpc")
    yield base64.b64encode(der).decode().rstrip("=") if der else ""


async def main() -> None:
    """Serve until told to end."""
    plugin = Plugin()
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((Handler(plugin),))
    folder = os.environ.get("PLUGIN_UNIX_SOCKET_DIR") or tempfile.gettempdir()
    address = Path(tempfile.mkdtemp(dir=folder)) / "plugin.sock"
    der = b""
    if os.environ.get("PLUGIN_CLIENT_CERT"):
        key, pem, der = certificate()
        # Terraform's own certificate has a curve that this library cannot check.
        server.add_secure_port(f"unix:{address}", grpc.ssl_server_credentials([(key, pem)]))
    else:
        server.add_insecure_port(f"unix:{address}")
    await server.start()
    print("|".join(hello(str(address), der)), flush=True)
    await plugin.stop.wait()
    await server.stop(grace=0.1)


if __name__ == "__main__":
    if "TF_PLUGIN_MAGIC_COOKIE" not in os.environ:
        sys.exit("this is a Terraform plugin: Terraform starts it")
    asyncio.run(main())
