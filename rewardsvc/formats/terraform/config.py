"""The ``config`` that checks see: the HCL of the root module as data.

Blocks are lists, because a type may occur several times; labels are keys below them; the files of
the root module are joined. Text without templates is text; every other expression is what was
written, between ``${`` and ``}``::

    {"resource": [{"aws_s3_bucket": {"logs": {
        "bucket": "logs-${var.stage}", "count": 2, "acl": "${var.acl}",
        "versioning": [{"enabled": true}]}}}]}

So ``resource[].aws_s3_bucket.logs.bucket | [0]`` is a bucket's name. The parser is python-hcl2. A
file that it cannot read though Terraform does is read attribute by attribute, each of those that
it cannot read being what was written: an answer cannot hide from checks in what confuses a parser.
Files in JSON syntax join in: the blocks of the file are lists likewise, what stands within them is
as it was written, for JSON does not tell a block from an argument.
"""

import json
import posixpath
import re
from collections.abc import Mapping
from typing import Any

import hcl2
from lark.exceptions import LarkError

from rewardsvc.types import JsonValue
from sandbox.hcl.outline import Block, Body, NotOutlined, outline
from sandbox.hcl.survey import ENDINGS, outlines, root_folders
from sandbox.hcl.tfjson import outline_json
from sandbox.jsontext import read_json, whole

MAX_CHARACTERS = 100_000
"""Of all files together; python-hcl2 reads about 100,000 characters in a second. The longest
answers that are meant seriously have a fifth of it."""

_TOO_WIDE = re.compile(r"\s{1000}")
"""Of white space at a stretch: python-hcl2's expression for a heredoc takes time with its square,
and holds up every thread of this process meanwhile (40 s for 98,000 empty lines)."""

_MARKS = frozenset({"__is_block__", "__comments__", "__inline_comments__"})


def read_config(files: Mapping[str, bytes]) -> JsonValue:
    """The configuration; None where it is not HCL, or too large or nested too deeply to read.

    Then checks that look at it do not hold: what Terraform accepts and is none of these is read.
    """
    root = root_folders(files, outlines(files))[0]
    texts = {
        path: content.decode("utf-8-sig")  # Terraform allows the mark, python-hcl2 does not
        for path, content in sorted(files.items())
        if path.endswith(ENDINGS) and posixpath.dirname(path) == root
    }
    if sum(map(len, texts.values())) > MAX_CHARACTERS:
        return None
    joined: dict[str, Any] = {}
    for path, text in texts.items():
        try:
            parsed = _from_json(text) if path.endswith(".json") else _from_hcl(text)
        except NotOutlined:
            return None
        for key, value in parsed.items():
            if isinstance(value, list) and isinstance(joined.get(key), list):
                joined[key].extend(value)
            else:
                joined[key] = value
    return joined


def _from_hcl(text: str) -> dict[str, Any]:
    """A file in the native syntax.

    Raises:
        NotOutlined: it is not HCL, or nested too deeply.
    """
    whole = _read(text)
    return whole if whole is not None else _by_attribute(text, outline(text))


def _read(text: str) -> dict[str, Any] | None:
    """What python-hcl2 reads, None where it cannot."""
    if _TOO_WIDE.search(text):
        return None
    try:
        return dict(_plain(hcl2.loads(text if text.endswith("\n") else text + "\n")))
    except (LarkError, RecursionError, ValueError, TypeError):
        return None  # a TypeError is python-hcl2's own: `[for a in b : 0]` adds 0 to text


def _by_attribute(text: str, body: Body) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for attribute in body.attributes:
        expression = text[attribute.start : attribute.end]
        read = _read(f"value = {expression}\n")
        found[attribute.name] = read["value"] if read is not None else f"${{{expression}}}"
    for block in body.blocks:
        _add(found, block, _by_attribute(text, block.body))
    return found


def _add(found: dict[str, Any], block: Block, content: Any) -> None:
    """Put a block to those of its type, below its labels.

    It replaces an argument of that name, beside which Terraform refuses it.
    """
    for label in reversed(block.labels):
        content = {label: content}
    if not isinstance(found.get(block.type), list):
        found[block.type] = []
    found[block.type].append(content)


def _from_json(text: str) -> dict[str, Any]:
    """A file in JSON syntax, its blocks as lists with their labels as keys."""
    found: dict[str, Any] = {}
    for block in outline_json(text).blocks:
        _add(found, block, _content(text, block.body))
    return found


def _content(text: str, body: Body) -> dict[str, Any]:
    content = {
        attribute.name: read_json(text[attribute.start : attribute.end])
        for attribute in body.attributes
    }
    for block in body.blocks:
        _add(content, block, _content(text, block.body))
    return content


def _plain(value: Any) -> Any:
    """Without python-hcl2's marks: block marks, and the quotes that it leaves around text."""
    if isinstance(value, dict):
        return {_text(key): _plain(item) for key, item in value.items() if key not in _MARKS}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return _text(value) if isinstance(value, str) else value


def _text(value: str) -> str:
    if len(value) < 2 or not (value.startswith('"') and value.endswith('"')):
        return value
    if value.startswith('"<<'):
        return _heredoc(value[1:-1])
    try:
        # HCL's escapes in quoted text are JSON's, but for \UNNNNNNNN.
        return str(whole(json.loads(value, strict=False)))
    except ValueError:
        return value[1:-1]


def _heredoc(value: str) -> str:
    """The text of ``<<EOT``; of ``<<-EOT`` without the indentation that all its lines share."""
    first, _, rest = value.partition("\n")
    lines = rest.split("\n")[:-1]
    if first.startswith("<<-"):
        common = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
        lines = [line[common:] for line in lines]
    return "".join(line + "\n" for line in lines)
