"""The ``pipeline`` block of a script, from the top."""

from collections.abc import Sequence

from rewardsvc.formats.jenkinsfile.calls import Invocation, called, invocation
from rewardsvc.formats.jenkinsfile.groovy.nodes import Node
from rewardsvc.formats.jenkinsfile.structure.agents import agent
from rewardsvc.formats.jenkinsfile.structure.directives import environment, listed, tools
from rewardsvc.formats.jenkinsfile.structure.model import Model
from rewardsvc.formats.jenkinsfile.structure.post import post
from rewardsvc.formats.jenkinsfile.structure.reader import Reader
from rewardsvc.formats.jenkinsfile.structure.stages import stages
from rewardsvc.types import JsonValue


def read_model(script: Sequence[Node], text: str) -> Model:
    """The model of a script that parses; ``text`` is what it was parsed from."""
    reader = Reader(text)
    blocks = [
        call
        for node in script
        if (call := invocation(node)) is not None and call.name == "pipeline"
    ]
    if not blocks:
        nested = next(
            (call for node in script for call in called(node) if call.name == "pipeline"), None
        )
        if nested is not None:
            reader.refuse("pipeline", "pipeline must not stand within another block", nested)
            reader.model.found = True
        return reader.model
    reader.model.found = True
    for other in blocks[1:]:
        reader.refuse("pipeline", "a second pipeline block", other)
    reader.model.tree = _pipeline(reader, blocks[0])
    return reader.model


def _pipeline(reader: Reader, pipeline: Invocation) -> dict[str, JsonValue]:
    tree: dict[str, JsonValue] = {
        "agent": None, "environment": {}, "options": [], "parameters": [], "triggers": [],
        "tools": {}, "libraries": [], "stages": [], "post": {},
    }  # fmt: skip
    body = reader.block(pipeline)
    if body is None:
        return tree
    sections = reader.sections(
        "pipeline",
        body,
        {
            "agent": agent,
            "environment": environment,
            "options": listed("option"),
            "parameters": listed("parameter"),
            "triggers": listed("trigger"),
            "tools": tools,
            "libraries": listed("library"),
            "stages": lambda reader, call: stages(reader, call, runs=True, inside=False),
            "post": post,
        },
    )
    for required in ("agent", "stages"):
        if required not in sections:
            reader.refuse("required", f"missing required section {required!r}", pipeline)
    return tree | sections
