"""How Terraform configurations are compared: blocks and attributes in any order.

A node of the graph is a resource, a data source or a module, an edge an expression that names
another one.
"""

import re
from collections.abc import Iterator

from rewardsvc.artifact import Artifact
from rewardsvc.comparison import Comparison, ResourceGraph
from rewardsvc.formats.terraform.comments import without_comments
from rewardsvc.types import JsonValue
from sandbox.hcl.outline import Block, Body, outline

_REFERENCE = re.compile(r"(?<![\w.\"-])(?:data\.)?[A-Za-z_][\w-]*\.[A-Za-z_][\w-]*")


def canonical(artifact: Artifact) -> JsonValue:
    """The files, each as one text with attributes and blocks in an order of their own."""
    return sorted(body_text(file.text, outline(file.text)) for file in artifact.files)


def body_text(text: str, body: Body) -> str:
    """What a body says, in an order of its own."""
    attributes = [
        f"{each.name}={' '.join(without_comments(text[each.start : each.end]).split())}"
        for each in body.attributes
    ]
    blocks = [f"{each.type} {each.labels} {body_text(text, each.body)}" for each in body.blocks]
    return f"{{{sorted(attributes)}{sorted(blocks)}}}"


def graph(artifact: Artifact) -> ResourceGraph:
    """The graph of all files together."""
    places: dict[str, int] = {}
    types: list[str] = []
    found: list[tuple[str, Block]] = []
    for text in (file.text for file in artifact.files):
        for block in outline(text).named("resource", "data", "module"):
            prefix = {"resource": "", "data": "data.", "module": "module."}[block.type]
            places[prefix + ".".join(block.labels[:2])] = len(types)
            types.append(prefix + block.labels[0] if block.type != "module" else "module")
            found.append((text, block))
    edges = {
        (source, field, places[name])
        for source, (text, block) in enumerate(found)
        for field, name in _named(text, block.body)
        if name in places and places[name] != source
    }
    return ResourceGraph(tuple(types), tuple(sorted(edges)))


def _named(text: str, body: Body) -> Iterator[tuple[str, str]]:
    """What the expressions of a body name, each with the attribute that does."""
    for attribute in body.attributes:
        for match in _REFERENCE.finditer(_in_templates(text[attribute.start : attribute.end])):
            yield attribute.name, match[0]
    for block in body.blocks:
        yield from _named(text, block.body)


def _in_templates(expression: str) -> str:
    """An expression with the brackets of templates as blanks: what they name stands free then."""
    return re.sub(r"[\"$%{}]", " ", expression)


COMPARISON = Comparison(canonical=canonical, graph=graph, sign='resource "')
