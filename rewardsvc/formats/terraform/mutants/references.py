"""Mutants of what refers to what in a Terraform file: another one, two swapped, the other way.

Only what the file itself defines is told apart: resources, data sources and modules, by their
addresses. Two addresses that stand for parts that are alike are one: to take the other subnet of a
pair that nothing tells apart is the same answer.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from rewardsvc.audit.mutation.mutant import Edit, Kind
from rewardsvc.audit.mutation.naming import same_but_for_names
from rewardsvc.formats.terraform.comparison import body_text
from sandbox.hcl.outline import Block, Body, HclAttribute, NotOutlined, comments, outline

_PREFIX = {"resource": "", "data": "data.", "module": "module."}
_KEY = re.compile(r"\"?([\w:.-]+)\"?\s*[=:]\s*[^=:\n]*$")
"""The key of an object's item, before what stands on the line."""
_BETWEEN_ITEMS = re.compile(r"[\w.\[\]*\s,\"${}-]*")
"""What stands between two items of one list: neither a key nor a bracket of an object's."""


@dataclass(frozen=True, slots=True)
class _Reference:
    """``owner``: the address of the block that refers. ``key``: for what, as the way within it.
    ``start``, ``end``: of the address in the text."""

    owner: str
    key: str
    address: str
    start: int
    end: int


def reference_edits(text: str, body: Body) -> Iterator[Edit]:
    """The edits of the references of a file with that outline."""
    blocks = dict(_blocks(body))
    found = list(_references(text, blocks))
    original = _parts(text, body)
    for number, reference in enumerate(found):
        others = _others(text, reference, found, list(blocks))
        yield from islice((each for each in others if not _same(original, each.text)), 1)
        swaps = _swaps(text, found[number:])
        yield from (each for each in swaps if not _same(original, each.text))
    for owner, block in blocks.items():
        for attribute in block.body.attributes:
            yield from _reversed(text, owner, attribute, blocks)


def _blocks(body: Body) -> Iterator[tuple[str, Block]]:
    for block in body.blocks:
        if block.type in _PREFIX:
            yield _PREFIX[block.type] + ".".join(block.labels), block


def _references(text: str, blocks: dict[str, Block]) -> Iterator[_Reference]:
    if not blocks:
        return
    naming = _naming(blocks)
    remarks = [range(*span) for span in comments(text)]
    for owner, block in blocks.items():
        for key, attribute in _attributes(block.body, ""):
            for match in naming.finditer(text, attribute.start, attribute.end):
                if any(match.start() in remark for remark in remarks):
                    continue
                line = text.rfind("\n", 0, match.start()) + 1
                item = _KEY.search(text[max(line, attribute.start) : match.start()])
                whole = f"{key}.{item[1]}" if item else key
                yield _Reference(owner, whole, match[0], match.start(), match.end())


def _naming(addresses: dict[str, Block]) -> re.Pattern[str]:
    names = "|".join(map(re.escape, sorted(addresses, key=len, reverse=True)))
    return re.compile(rf"(?<![\w.\"/-])(?:{names})(?=[.\[])")


def _attributes(body: Body, place: str) -> Iterator[tuple[str, HclAttribute]]:
    for attribute in body.attributes:
        yield f"{place}{attribute.name}", attribute
    for block in body.blocks:
        yield from _attributes(block.body, f"{place}{block.type}.")


def _others(
    text: str, reference: _Reference, found: Sequence[_Reference], addresses: Sequence[str]
) -> Iterator[Edit]:
    """The reference leading to each other thing of its type that is not in its list as well."""
    beside = {each.address for each in found if _in_one_list(text, reference, each)}
    for address in addresses:
        alike = _type(address) == _type(reference.address) and address != reference.address
        if alike and address != reference.owner and address not in beside:
            after = text[: reference.start] + address + text[reference.end :]
            yield _edit(text, Kind.OTHER_REFERENCE, reference, address, after)


def _swaps(text: str, found: Sequence[_Reference]) -> Iterator[Edit]:
    """The first reference swapped with the next one of its key, the next one of another key in its
    block, and the next one of another key elsewhere."""
    first, *later = found
    taken: set[tuple[bool, bool]] = set()
    for other in later:
        relation = (first.key == other.key, first.owner == other.owner)
        itself = other.address in {first.address, first.owner} or other.owner == first.address
        if itself or _type(first.address) != _type(other.address) or relation in taken:
            continue
        if _in_one_list(text, first, other):
            continue
        taken.add(relation)
        after = "".join(
            (
                text[: first.start],
                other.address,
                text[first.end : other.start],
                first.address,
                text[other.end :],
            )
        )
        yield _edit(text, Kind.SWAP_REFERENCES, first, other.address, after)


def _in_one_list(text: str, one: _Reference, other: _Reference) -> bool:
    """Whether two references are items of one list, which seldom has an order."""
    if one.owner != other.owner or one.key.partition(".")[0] != other.key.partition(".")[0]:
        return False
    first, second = sorted((one, other), key=lambda each: each.start)
    return _BETWEEN_ITEMS.fullmatch(text, first.end, second.start) is not None


def _reversed(
    text: str, owner: str, attribute: HclAttribute, blocks: dict[str, Block]
) -> Iterator[Edit]:
    """An attribute that refers to another resource of its own type is that one's instead."""
    expression = text[attribute.start : attribute.end]
    for address, block in blocks.items():
        if address == owner or _type(address) != _type(owner) or _type(owner) == "module":
            continue
        turned = re.sub(rf"(?<![\w.\"/-]){re.escape(address)}(?=[.\[])", owner, expression)
        if turned == expression or block.body.attribute(attribute.name) is not None:
            continue
        gone, added = (attribute.at, attribute.end, ""), f"  {attribute.name} = {turned}\n"
        closing = (block.end - 1, block.end - 1, added)
        after = text
        for start, end, new in sorted((gone, closing), reverse=True):
            after = after[:start] + new + after[end:]
        yield Edit(
            kind=Kind.SWAP_REFERENCES,
            line=text.count("\n", 0, attribute.at) + 1,
            path=f"{owner}.{attribute.name}",
            before=f"{owner} → {address}",
            after=f"{address} → {owner}",
            text=after,
            lost=(),
        )


def _type(address: str) -> str:
    return address.rpartition(".")[0]


def _edit(text: str, kind: Kind, at: _Reference, other: str, after: str) -> Edit:
    line = text.count("\n", 0, at.start) + 1
    return Edit(kind, line, f"{at.owner}.{at.key}", at.address, other, after, ())


def _same(original: dict[str, str], text: str) -> bool:
    try:
        return same_but_for_names(original, _parts(text, outline(text)))
    except NotOutlined:
        return False


def _parts(text: str, body: Body) -> dict[str, str]:
    """What each block says, by its address; of blocks without one by their place."""
    return {
        _PREFIX[block.type] + ".".join(block.labels)
        if block.type in _PREFIX
        else f"({number})": f"{block.type} {block.labels[:1]} {body_text(text, block.body)}"
        for number, block in enumerate(body.blocks)
    }
