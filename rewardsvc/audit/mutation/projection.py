"""What checks see of an answer, as far as it is a pure function of its text.

Two answers with equal projections are the same answer: what differs is layout, comments, quotes
or the order of keys. For YAML and Dockerfiles it is what the verifier shows to checks; for
Terraform it is the parsed configuration, which says less than the plan does: equal
configurations plan equally, others may, too (:mod:`rewardsvc.audit.mutation.outcome` asks the
plan).
"""

import ast
from collections.abc import Mapping

from rewardsvc.artifact import Artifact
from rewardsvc.audit.mutation.render import YamlError, load
from rewardsvc.types import JsonValue
from rewardsvc.verifiers.dockerfile.build import build_of, tree_of
from rewardsvc.verifiers.dockerfile.syntax import DockerfileError, parse
from rewardsvc.verifiers.terraform.config import read_config

TEXTUAL = frozenset({"bash", "jenkinsfile"})
"""Formats without a pure projection here: only an equal text is an equal answer."""


def projection_of(format: str, artifact: Artifact) -> JsonValue:
    """The projection; None where a file does not parse."""
    texts = {file.path: file.text for file in artifact.files}
    try:
        if format == "terraform":
            return read_config({path: text.encode() for path, text in texts.items()})
        if format == "dockerfile":
            return {path: _without_lines(_tree(text)) for path, text in texts.items()}
        if format == "python":
            return {path: ast.dump(ast.parse(text)) for path, text in texts.items()}
        if format in TEXTUAL:
            return texts
        return {path: load(text) for path, text in texts.items()}
    except (YamlError, DockerfileError, SyntaxError, ValueError, RecursionError):
        return None


def _tree(text: str) -> JsonValue:
    instructions = parse(text)
    return tree_of(build_of(instructions), instructions)


def _without_lines(tree: JsonValue) -> JsonValue:
    """Without the line numbers, which every edit above a line changes."""
    if isinstance(tree, Mapping):
        return {key: _without_lines(inner) for key, inner in tree.items() if key != "line"}
    return [_without_lines(inner) for inner in tree] if isinstance(tree, list) else tree
