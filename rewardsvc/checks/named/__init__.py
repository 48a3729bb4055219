"""A small vocabulary of named checks on top of JMESPath.

Topics write them, tasks name them, and language models are offered them as structured output
(:func:`vocabulary_schema`), which :func:`read_named_check` reads back. Each renders to an ordinary
check with a readable description: nothing downstream knows that there were words.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from rewardsvc.checks.named.base import NamedCheck, Vocabulary
from rewardsvc.types import JsonValue

__all__ = ["NamedCheck", "Vocabulary", "read_named_check", "vocabulary_schema"]


def read_named_check(data: JsonValue, vocabulary: Vocabulary) -> NamedCheck:
    """One named check from JSON, in the vocabulary of a format.

    Raises:
        ValueError: not an object, an unknown name, or a field that is missing, unknown or of
            another type; says which.
    """
    if not isinstance(data, dict):
        raise ValueError("a named check is a JSON object")
    known = {each.word(): each for each in vocabulary.named}
    words = known.get(str(data.get("check")))
    if words is None:
        names = ", ".join(sorted(known))
        raise ValueError(f"check {data.get('check')!r} is not one of {vocabulary.name}'s: {names}")
    try:
        return words.model_validate(data)
    except ValidationError as error:
        # Whoever mistypes a key lacks the right one too: the wrong one says more.
        first = min(error.errors(), key=lambda each: each["type"] == "missing")
        place = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{data['check']}.{place}: {first['msg']}") from error


def vocabulary_schema(vocabulary: Vocabulary) -> dict[str, Any]:
    """A JSON schema of a list of a format's named checks, for structured output."""
    return {
        "type": "array",
        "items": {"anyOf": [_strict(words) for words in vocabulary.named]},
    }


_SUPPORTED = frozenset({"type", "enum", "const", "properties", "items", "anyOf", "description"})
"""Of JSON schema, what OpenAI's and Anthropic's strict structured outputs both take."""


def _strict(words: type[NamedCheck]) -> dict[str, Any]:
    schema = words.model_json_schema()
    strict = _reduced(schema, schema.get("$defs", {}))
    assert isinstance(strict, dict)
    return strict


def _reduced(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with references replaced, every property required, and nothing optional."""
    if "$ref" in schema:
        return _reduced(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    kept = {name: value for name, value in schema.items() if name in _SUPPORTED}
    if "anyOf" in kept:
        kept["anyOf"] = [_reduced(each, definitions) for each in kept["anyOf"]]
    if "items" in kept:
        kept["items"] = _reduced(kept["items"], definitions)
    if "properties" in kept:
        kept["properties"] = {
            name: _reduced(each, definitions) for name, each in kept["properties"].items()
        }
        kept |= {"required": list(kept["properties"]), "additionalProperties": False}
    return kept
