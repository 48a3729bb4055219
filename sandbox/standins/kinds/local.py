"""hashicorp/local 2.5.3.

Schema and rules: https://registry.terraform.io/providers/hashicorp/local/2.5.3/docs. It runs where
Terraform runs, in the configuration's box: what it may read and write, so may they.
"""

import base64
import re
from collections.abc import Iterable
from pathlib import Path

from sandbox.standins.checksums import checksums
from sandbox.standins.files import UNREADABLE, held
from sandbox.standins.schema import (
    STRING,
    Complaint,
    DataKind,
    FunctionKind,
    ProviderKind,
    ResourceKind,
    SchemaAttribute,
    StandinRefused,
)
from sandbox.standins.validation import exactly_one_of
from sandbox.standins.values import Value, Values

_SUMS = tuple(f"content_{name}" for name in ("md5", "sha1", "sha256", "sha512"))
_TOLD = {
    name: SchemaAttribute(STRING, computed=True, stays=False)
    for name in (*_SUMS, "content_base64sha256", "content_base64sha512", "id")
}


def _permission(name: str, value: Value, config: Values) -> Complaint | None:
    """Three or four octal digits, as ``chmod`` has them."""
    summary = "Invalid File Permission String Value"
    if not 3 <= len(value.encode()) <= 4:
        words = f"bad mode permission: string length should be 3 or 4 digits: {value[:20]}"
        return Complaint(summary, words, (name,))
    if not re.fullmatch(r"\+?0*[0-7]{1,3}", value, re.ASCII):
        words = f"bad mode permission: string must be expressed in octal numeric notation: {value}"
        return Complaint(summary, words, (name,))
    return None


def _written_as(default: str) -> SchemaAttribute:
    return SchemaAttribute(
        STRING,
        optional=True,
        computed=True,
        default=default,
        replaces=True,
        validators=(_permission,),
    )


def _one_content(*names: str) -> ResourceKind:
    """A file with one of these contents, in the order in which they are looked at."""
    sensitive = "sensitive_content" not in names

    def validate(config: Values) -> Iterable[Complaint]:
        return exactly_one_of(names, config)

    def content_of(planned: Values) -> bytes:
        for name in ("sensitive_content", "content_base64", "source"):
            value = planned.get(name)
            if value is None:
                continue
            if name == "sensitive_content":
                return bytes(value.encode())
            if name == "content_base64":
                return base64.b64decode(value, validate=True)
            return held(Path(value))
        return bytes((planned.get("content") or "").encode())

    def create(planned: Values) -> Values:
        try:
            content = content_of(planned)
            target = Path(planned["filename"])
            if not target.parent.exists():
                target.parent.mkdir(int(planned["directory_permission"], 8), parents=True)
            target.write_bytes(content)
            target.chmod(int(planned["file_permission"], 8))
        except UNREADABLE as error:
            raise StandinRefused(Complaint("Create local file error", str(error))) from error
        return {**planned, **_sums(content)}

    secret = {"content", "content_base64"} if sensitive else {"sensitive_content"}
    texts = {
        name: SchemaAttribute(
            STRING,
            optional=True,
            sensitive=name in secret,
            replaces=True,
            deprecated="Use the `local_sensitive_file` resource instead"
            if name == "sensitive_content"
            else "",
        )
        for name in names
    }
    mode = "0700" if sensitive else "0777"
    return ResourceKind(
        {
            "filename": SchemaAttribute(STRING, required=True, replaces=True),
            **texts,
            "file_permission": _written_as(mode),
            "directory_permission": _written_as(mode),
            **_TOLD,
        },
        validate=validate,
        create=create,
        refresh=_refresh,
        destroy=_destroy,
    )


def _sums(content: bytes) -> Values:
    told = checksums(content, "content", sha1="sha1")
    return {**told, "id": told["content_sha1"]}


def _refresh(state: Values) -> Values | None:
    """It is gone where its file is, or holds something else."""
    try:
        content = held(Path(state["filename"]))
    except FileNotFoundError:
        return None
    except UNREADABLE as error:
        raise StandinRefused(Complaint("Read local file error", str(error))) from error
    return state if _sums(content)["id"] == state.get("id") else None


def _destroy(state: Values) -> None:
    try:
        Path(state["filename"]).unlink(missing_ok=True)
    except UNREADABLE:
        return  # the real one does not look whether it went


def _read(config: Values) -> Values:
    try:
        content = held(Path(config["filename"]))
    except UNREADABLE as error:
        raise StandinRefused(
            Complaint(
                "Read local file data source error",
                f"The file at given path cannot be read.\n\nOriginal Error: {error}",
            )
        ) from error
    return {
        **config,
        "content": content.decode(errors="replace"),
        "content_base64": base64.b64encode(content).decode(),
        **_sums(content),
    }


def _found(*, sensitive: bool) -> DataKind:
    secret = SchemaAttribute(STRING, computed=True, sensitive=sensitive)
    attributes = {
        "filename": SchemaAttribute(STRING, required=True),
        "content": secret,
        "content_base64": secret,
        **_TOLD,
    }
    return DataKind(attributes, read=_read)


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except UNREADABLE as error:
        raise StandinRefused(Complaint(str(error))) from error


PROVIDER = ProviderKind(
    resources={
        "local_file": _one_content("content", "sensitive_content", "content_base64", "source"),
        "local_sensitive_file": _one_content("content", "content_base64", "source"),
    },
    data={
        "local_file": _found(sensitive=False),
        "local_sensitive_file": _found(sensitive=True),
    },
    functions={"direxists": FunctionKind({"path": STRING}, "bool", _is_folder)},
)
