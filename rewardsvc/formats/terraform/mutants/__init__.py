"""Mutants of Terraform configurations: edits of the text, placed by the outline of the file.

What is edited are blocks, attributes, and the literals and references inside expressions; the rest
of the file stays as it is, byte for byte. Whether an edit kept the file readable is seen to by
:mod:`rewardsvc.audit.mutation.generate`.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from rewardsvc.artifact import Artifact, File
from rewardsvc.audit.mutation.mutant import Edit, Kind
from rewardsvc.audit.mutation.mutations import Mutations
from rewardsvc.audit.mutation.values import changes, switch
from rewardsvc.formats.terraform.config import read_config
from rewardsvc.formats.terraform.mutants.entries import entry_edits
from rewardsvc.formats.terraform.mutants.references import reference_edits
from rewardsvc.types import Check, JsonValue, Target
from sandbox.hcl.outline import Block, Body, HclAttribute, NotOutlined, outline

_TOKEN = re.compile(
    r"(?P<comment>\#[^\n]*|//[^\n]*|/\*.*?\*/)"
    r'|"(?P<text>(?:[^"\\]|\\.)*)"'
    r"|(?<![\w.])(?P<bool>true|false)(?![\w.])"
    r"|(?<![\w.])(?P<number>\d+(?:\.\d+)?)(?![\w.])"
    r"|(?<![\w.])(?P<ref>(?:(?:var|local|module|data)|[a-z][a-z0-9]*_[a-z0-9_]+)"
    r"(?:\.[\w-]+|\[[^\]\n]*\])+)",
    re.DOTALL,
)
_TEMPLATE = re.compile(
    r"\$\{(?P<ref>(?:var|local|module|data|[a-z][a-z0-9]*_[a-z0-9_]+)\.[\w.-]+)\}"
)
_KEY = re.compile(r"\s*[=:](?!=)")
_ITEM = re.compile(
    r'^[ \t]*(?P<key>"?[\w.:/-]+"?)\s*[=:]\s*(?P<value>\S.*?),?[ \t]*$', re.MULTILINE
)
_LIST = re.compile(r"\[(?P<items>[^\[\]{}()]*)\]")
_POLICY = re.compile(
    r'"?\b(?P<key>Action|Resource|Principal|actions|resources)\b"?\s*[=:]\s*'
    r'(?P<value>\[[^\]]*\]|"[^"]*"|\{[^{}]*\})'
)
_OPEN_TO = re.compile(r"cidr_blocks|cidr_ipv4|ipv6_cidr_blocks|source_ranges|cidr_ip|cidr")
_ANYWHERE = "0.0.0.0/0"
_NETWORK = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}")
_PORT = re.compile(r"port", re.IGNORECASE)
_IMAGE = re.compile(r"image(?:_uri)?|container_image", re.IGNORECASE)
_META = frozenset({"terraform"})
_RESOURCES = frozenset({"resource", "data", "module"})
MAX_LITERALS = 8
"""In a nested block or attribute that is dropped; see ``yaml_family.MAX_LEAVES``."""


def _edits(file: File) -> Iterator[Edit]:
    if not file.path.endswith(".tf"):
        return
    text = file.text
    try:
        body = outline(text)
    except NotOutlined:
        return
    for block in body.blocks:
        if block.type not in _META:
            yield from _of_block(text, block)
    yield from reference_edits(text, body)
    yield from entry_edits(text, body)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the configuration something stands; ``planned`` is its way in the plan."""

    path: str
    planned: str = ""

    def inside(self, name: str, number: int | None = None) -> "_Place":
        step = name if number is None else f"{name}[{number}]"
        return _Place(f"{self.path}.{step}", f"{self.planned}.{step}" if self.planned else "")


def _of_block(text: str, block: Block) -> Iterator[Edit]:
    path = ".".join((block.type, *block.labels))
    planned = ""
    if block.type == "resource" and len(block.labels) == 2:
        address = ".".join(block.labels)
        planned = f"planned_values.root_module.resources[?address=='{address}'] | [0].values"
    place = _Place(path, planned)
    if block.type in _RESOURCES:
        yield _edit(
            text, Kind.DROP_RESOURCE, place, (block.start, block.end), "", lost=block.labels
        )
    elif block.type == "output":
        yield _edit(
            text, Kind.DROP_ATTRIBUTE, place, (block.start, block.end), "", lost=block.labels
        )
    yield from _of_body(text, block.body, place)


def _of_body(text: str, body: Body, place: _Place) -> Iterator[Edit]:
    seen: dict[str, int] = {}
    for block in body.blocks:
        number = seen.get(block.type, 0)
        seen[block.type] = number + 1
        inner = place.inside(".".join((block.type, *block.labels)), number)
        said = tuple(_said(text, block.start, block.end))
        if len(said) <= MAX_LITERALS:
            lost = (*_words_of(block.type, said), *said)
            yield _edit(text, Kind.DROP_ATTRIBUTE, inner, (block.start, block.end), "", lost=lost)
        yield from _of_body(text, block.body, inner)
    for attribute in body.attributes:
        yield from _of_attribute(text, attribute, place.inside(attribute.name))


def _of_attribute(text: str, attribute: HclAttribute, place: _Place) -> Iterator[Edit]:
    start, end = attribute.start, attribute.end
    expression = text[start:end]
    said = tuple(_said(text, start, end))
    if len(said) <= MAX_LITERALS:
        same = _same(place, expression)
        lost = (*_words_of(attribute.name, said), *said)
        yield _edit(text, Kind.DROP_ATTRIBUTE, place, (attribute.at, end), "", lost=lost, same=same)
    if expression.lstrip().startswith("<<"):
        start += expression.index("\n")  # the heredoc's name is no literal
    if "{" in expression and "\n" in expression:
        for item in _ITEM.finditer(text, start, end):
            if not re.search(r"[\[{(]$", item["value"]):
                key = item["key"].strip('"')
                inner = tuple(_said(text, item.start("value"), item.end("value")))
                yield _edit(
                    text, Kind.DROP_ATTRIBUTE, place.inside(key), (item.start(), item.end() + 1),
                    "", lost=(key, *inner), same=_same(place.inside(key), item["value"]),
                )  # fmt: skip
    for listed in _LIST.finditer(text, start, end):
        yield from _of_list(text, listed, place)
    for policy in _POLICY.finditer(text, attribute.at, end):
        if policy["value"] not in ('"*"', '["*"]'):
            wide = '["*"]' if policy["key"].islower() else '"*"'
            yield _edit(
                text, Kind.WEAKEN_POLICY, place.inside(policy["key"]),
                policy.span("value"), wide,
            )  # fmt: skip
    for token in _TOKEN.finditer(text, start, end):
        yield from _of_token(text, token, attribute, place)


def _of_list(text: str, listed: re.Match[str], place: _Place) -> Iterator[Edit]:
    items = [match for match in re.finditer(r"[^,]+", listed["items"]) if match[0].strip()]
    if len(items) < 2:
        return
    for match in items:
        start = listed.start("items") + match.start()
        end = listed.start("items") + match.end()
        end += text[end : end + 1] == ","
        said = tuple(_said(text, start, end))
        yield _edit(text, Kind.DROP_ATTRIBUTE, place, (start, end), "", lost=said)


def _of_token(
    text: str, token: re.Match[str], attribute: HclAttribute, place: _Place
) -> Iterator[Edit]:
    if token["comment"] is not None:
        return
    if token["ref"] is not None:
        yield _edit(text, Kind.BREAK_REFERENCE, place, token.span(), _nowhere(token["ref"]))
    elif token["bool"] is not None:
        other = "false" if token["bool"] == "true" else "true"
        yield _edit(
            text, Kind.FLIP_BOOLEAN, place, token.span(), other, same=_same(place, token[0])
        )
    elif token["number"] is not None:
        for change in changes(token["number"], port=bool(_PORT.search(attribute.name))):
            yield _edit(
                text, change.kind, place, token.span(), change.after,
                lost=change.lost, same=_same(place, token[0]),
            )  # fmt: skip
    elif token["text"] and not _KEY.match(text, token.end(), attribute.end):
        yield from _of_string(text, token, attribute, place)


def _of_string(
    text: str, token: re.Match[str], attribute: HclAttribute, place: _Place
) -> Iterator[Edit]:
    value = token["text"]
    span = token.span("text")
    alone = text[attribute.start : attribute.end] == token[0]
    for template in _TEMPLATE.finditer(value):
        first, last = (span[0] + offset for offset in template.span())
        yield _edit(text, Kind.BREAK_REFERENCE, place, (first, last), "missing")
    if "${" in value or "\\" in value:
        return
    if _NETWORK.fullmatch(value) and _OPEN_TO.fullmatch(attribute.name) and value != _ANYWHERE:
        yield _edit(text, Kind.WEAKEN_POLICY, place, span, _ANYWHERE)
    if attribute.name == "acl" and value == "private":
        yield _edit(text, Kind.WEAKEN_POLICY, place, span, "public-read")
        return
    if value == "Deny":
        yield _edit(text, Kind.WEAKEN_POLICY, place, span, "Allow")
        return
    image, port = _IMAGE.fullmatch(attribute.name), _PORT.search(attribute.name)
    for change in changes(value, image=bool(image), port=bool(port)):
        yield _edit(
            text, change.kind, place, span, change.after, lost=change.lost,
            same=_same(place, token[0]) if alone else (),
        )  # fmt: skip


def _edit(
    text: str,
    kind: Kind,
    place: _Place,
    span: tuple[int, int],
    after: str,
    *,
    lost: tuple[str, ...] = (),
    same: tuple[Check, ...] = (),
) -> Edit:
    start, end = span
    dropped = kind is Kind.DROP_ATTRIBUTE and not after
    return Edit(
        kind=kind,
        vital=dropped and _vital(text, start, end),
        line=text.count("\n", 0, start) + 1,
        path=place.path,
        before=text[start:end].strip().strip(","),
        after=after,
        text=text[:start] + after + text[end:],
        lost=lost,
        same=same,
    )


def _nowhere(reference: str) -> str:
    """What stands where a reference was: a text of its kind that names nothing in the answer."""
    if reference.endswith("arn"):
        return '"arn:aws:iam::123456789012:role/missing"'
    return '"missing"'


def _same(place: _Place, expression: str) -> tuple[Check, ...]:
    """That the plan at the place is what the reference writes there, where it writes a literal."""
    if not place.planned:
        return ()
    try:
        value: JsonValue = json.loads(expression)
    except ValueError:
        return ()
    if isinstance(value, str) and "${" in value:
        return ()
    return (Check(on=Target.PLAN, expr=place.planned, expect=value),)


def _said(text: str, start: int, end: int) -> Iterator[str]:
    """The literals in a stretch of text that an instruction may name."""
    for token in _TOKEN.finditer(text, start, end):
        if token["text"] and not _KEY.match(text, token.end(), end):
            yield token["text"]
        elif token["number"]:
            yield token["number"]


def _vital(text: str, start: int, end: int) -> bool:
    """Whether there is a switch or a reference in a stretch of text."""
    return any(
        token["bool"]
        or token["ref"]
        or (token["text"] and (switch(token["text"]) or _TEMPLATE.search(token["text"])))
        for token in _TOKEN.finditer(text, start, end)
    )


def _words_of(name: str, said: tuple[str, ...]) -> tuple[str, ...]:
    """``point_in_time_recovery`` as "point in time recovery"; plain words tell nothing."""
    if "_" not in name:
        return () if said else (name,)
    return (name, name.replace("_", " "), name.replace("_", "-"))


def _config(artifact: Artifact) -> JsonValue:
    return read_config({file.path: file.text.encode() for file in artifact.files})


MUTATIONS = Mutations(edits=_edits, projection=_config, costly=True)
