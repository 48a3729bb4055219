"""How good a candidate is, from its texts alone: the mean of a few signs, in [0, 1]. Pure.

What the tools say of it comes later and decides; this keeps what a reader would not want to learn
from (stubs, placeholders, nothing said) from being verified at all.
"""

import re
from collections.abc import Mapping
from statistics import fmean

from datagen.sources.collected.paths import TERRAFORM
from datagen.sources.collected.units import Unit
from sandbox.hcl.outline import Block, NotOutlined, outline

_PLACEHOLDER = re.compile(
    r"\b(?:TODO|FIXME|XXX|CHANGE_?ME|REPLACE_?ME|foo|bar|lorem|your[-_ ]\w+|my[-_]?example)\b"
    r"|<[a-z][\w -]*>|(?<![\w./])\.\.\.",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"^\s*(?:#(?!!)|//|/\*)\s*\w", re.MULTILINE)
_FEWEST_LINES, _MOST_LINES = 5, 400


def quality_of(unit: Unit) -> tuple[float, Mapping[str, float]]:
    """The mean, and the signs by their names."""
    lines = [line for text in unit.files.values() for line in text.splitlines() if line.strip()]
    text = "\n".join(unit.files.values())
    signs = {
        "size": float(_FEWEST_LINES <= len(lines) <= _MOST_LINES),
        "no placeholders": 1.0 - min(1.0, len(_PLACEHOLDER.findall(text)) / 3),
        "said": float(bool(_COMMENT.search(text)) or "description" in text),
    }
    if unit.format == TERRAFORM:
        signs |= _of_terraform(unit)
    return fmean(signs.values()), signs


def _of_terraform(unit: Unit) -> dict[str, float]:
    blocks: list[Block] = []
    for text in unit.files.values():
        try:
            blocks += outline(text).blocks
        except NotOutlined:
            return {"parses": 0.0}
    variables = [block for block in blocks if block.type == "variable"]
    resources = [block for block in blocks if block.type in ("resource", "module")]
    return {
        "builds something": float(bool(resources)),
        "variables described": _share(variables, "description"),
        "variables typed": _share(variables, "type"),
    }


def _share(blocks: list[Block], attribute: str) -> float:
    if not blocks:
        return 1.0
    return fmean(float(block.body.attribute(attribute) is not None) for block in blocks)
