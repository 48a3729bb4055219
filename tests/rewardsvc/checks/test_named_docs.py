"""docs/named-checks.md is what the named checks declare.

``python -m tests.rewardsvc.checks.test_named_docs`` writes it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rewardsvc.checks.named import vocabulary_schema
from rewardsvc.checks.named.base import NamedCheck
from rewardsvc.formats import FORMATS

PAGE = Path(__file__).resolve().parents[3] / "docs/named-checks.md"
_HEAD = """\
# Which named checks are there, and which fields do they have?

Written from their declarations (`python -m tests.rewardsvc.checks.test_named_docs`). In a request,
the fields stand in `arguments`: [how](writing-checks.md#named-checks).
"""


def page() -> str:
    """The page as it should be."""
    return "\n".join((_HEAD, *(line for name in FORMATS for line in _format(name))))


def _format(name: str) -> Iterator[str]:
    if FORMATS[name].named:
        yield f"## {name}\n"
        for check in FORMATS[name].named:
            yield from _check(check)


def _check(check: type[NamedCheck]) -> Iterator[str]:
    said = " ".join((check.__doc__ or "").split("\n\n")[0].split())
    yield f"- `{check.word()}`: {said}"
    schema: dict[str, Any] = check.model_json_schema()
    for field, declared in schema["properties"].items():
        if field == "check":
            continue
        about = " ".join(str(declared.get("description", "")).split())
        default = (
            ""
            if field in schema.get("required", ())
            else f", {declared.get('default')!r} by default"
        )
        yield f"  - `{field}`: {_type(declared)}{default}{f'. {about}' if about else ''}"
    yield ""


_NESTED = {
    "Attribute": "a `path` and a `value`",
    "Change": "a `resource` (an address, or a type) and its `actions`, as in `resource_changes`",
}


def _type(declared: dict[str, Any]) -> str:
    """A type in words, with its bounds."""
    if "enum" in declared:
        return "one of " + ", ".join(repr(each) for each in declared["enum"])
    if "anyOf" in declared:
        return " or ".join(dict.fromkeys(_type(each) for each in declared["anyOf"]))
    if "$ref" in declared:
        return _NESTED.get(declared["$ref"].rpartition("/")[2], "an object")
    kind = {"array": "list", "integer": "number", "string": "text"}.get(
        str(declared.get("type")), str(declared.get("type"))
    )
    if kind == "list":
        return f"list of {_type(declared['items'])}"
    least, most = declared.get("minimum"), declared.get("maximum", "or more")
    return kind if least is None else f"{kind} ({least} {'to ' * (most != 'or more')}{most})"


def test_the_page_is_what_they_declare() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_word_of_the_vocabulary_is_on_it() -> None:
    text = page()
    for name in FORMATS:
        if FORMATS[name].named:
            assert vocabulary_schema(FORMATS[name])
            assert all(f"`{check.word()}`" in text for check in FORMATS[name].named)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
