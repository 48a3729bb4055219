"""The checks of a configuration: values, references and counts of every resource. Pure.

Resources of one type are told apart by what they are called, not by their place. Each check's
``description`` is the place that it is about, until a need words it.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from datagen.pins import config, plan, raw
from datagen.sources.documentation.completion import Configuration
from datagen.sources.documentation.rendering import Setting, filled
from datagen.sources.documentation.values import (
    Body,
    JsonText,
    Ref,
    Template,
    Value,
    WrittenResource,
    leaves,
    references,
)
from rewardsvc.types import Check, JsonValue

_PLANNED = "planned_values.root_module.resources"
_WRITTEN = "configuration.root_module.resources"
_TELLS = re.compile(r"(?:^|_)(?:name|identifier|bucket|alias|label|cidr_block|prefix|key|id)$")


@dataclass(frozen=True, slots=True)
class Pin:
    """A check and the argument of the resource that it pins; "" for the resource as such."""

    argument: str
    check: Check


def pins_of(configuration: Configuration, setting: Setting) -> dict[str, list[Pin]]:
    """The pins of every resource, by its address."""
    resources = [
        WrittenResource(each.type, each.label, _body(filled(each.body, setting)), each.companion)
        for each in configuration.resources
    ]
    counts = Counter(each.type for each in resources)
    counted: set[str] = set()
    found: dict[str, list[Pin]] = {}
    for each in resources:
        pins = []
        if each.type not in counted:
            counted.add(each.type)
            expr = f"length({_PLANNED}[?type=='{each.type}' && mode=='managed'])"
            pins.append(Pin("", plan(expr, counts[each.type])))
        pins += _of_resource(each, resources, counts[each.type])
        found[each.address] = pins
    return found


def _body(value: Value) -> Body:
    assert isinstance(value, dict)
    return value


def _of_resource(
    resource: WrittenResource, all: list[WrittenResource], count: int
) -> Iterator[Pin]:
    told = teller(resource, all) if count > 1 else ""
    chosen = f"{_PLANNED}[?type=='{resource.type}'{told}] | [0].values"
    if count > 1 and not told:
        yield from _together(resource, all)
        return
    for name, value in resource.body.items():
        for expr, expect in _values(name, value, chosen):
            yield Pin(name, plan(expr, expect))
        yield from _document(name, value, chosen)
        yield from _all_references(resource, name, value, all, count)


def _all_references(
    resource: WrittenResource, name: str, value: Value, all: list[WrittenResource], count: int
) -> Iterator[Pin]:
    alike = [each for each in all if each.type == resource.type]
    for path, refs in _references(name, value):
        first = refs[0]
        yield Pin(name, _refers(resource.type, path, first, len_of=count))
        if len(refs) > 1:
            yield Pin(name, _refers_to_each(resource.type, path, refs))
        if count > 1 and all_refer(alike, name, first.type):
            where = f"type=='{resource.type}'"
            referring = f"expressions.{path}.references[?starts_with(@, '{first.type}.')]"
            none = f"length({_WRITTEN}[?{where} && !({referring})]) == `0`"
            yield Pin(name, plan(none))


def all_refer(resources: list[WrittenResource], name: str, type: str) -> bool:
    """Whether an argument of each of them refers to a resource of a type."""
    return all(
        any(ref.type == type for ref in references(each.body.get(name))) for each in resources
    )


def _refers_to_each(type: str, path: str, refs: list[Ref]) -> Check:
    """A plan names a reference twice, with and without its attribute. Where one resource with a
    count stands for all, one reference does."""
    to = refs[0].type
    named = f"{_WRITTEN}[?type=='{type}'].expressions.{path}.references[]"
    several = f"length({named} | [?starts_with(@, '{to}.')]) >= `{2 * len(refs)}`"
    return plan(f"{several} || length({_WRITTEN}[?type=='{to}']) < `{len(refs)}`")


def teller(resource: WrittenResource, all: list[WrittenResource]) -> str:
    """A condition that is true of this resource alone among those of its type; "" for none."""
    others = [each for each in all if each.type == resource.type and each is not resource]
    named = sorted(resource.body.items(), key=lambda item: not _TELLS.search(item[0]))
    for name, value in named:
        if not isinstance(value, str | int) or isinstance(value, bool):
            continue
        if all_differ(value, (each.body.get(name) for each in others)):
            return f" && values.{at(name)}=={literal(value)}"
    return ""


def all_differ(value: Value, others: Iterator[Value]) -> bool:
    """Whether no other has that value."""
    return all(other != value for other in others)


def _together(resource: WrittenResource, all: list[WrittenResource]) -> Iterator[Pin]:
    """Resources that nothing tells apart: so many have these values."""
    conditions = [
        f"values.{at(name)}=={literal(value)}"
        for name, value in resource.body.items()
        if isinstance(value, str | int | bool)
    ]
    if conditions:
        where = " && ".join([f"type=='{resource.type}'", *conditions])
        same = sum(
            1 for each in all if each.type == resource.type and all_equal(resource.body, each.body)
        )
        yield Pin(next(iter(resource.body)), plan(f"length({_PLANNED}[?{where}])", same))
    for name, value in resource.body.items():
        yield from _all_references(resource, name, value, all, 1)


def all_equal(one: Body, other: Body) -> bool:
    """Whether the scalars of one are those of the other."""
    return all(
        other.get(name) == value
        for name, value in one.items()
        if isinstance(value, str | int | bool)
    )


def _values(name: str, value: Value, chosen: str) -> Iterator[tuple[str, JsonValue]]:
    path = f"{chosen}.{at(name)}"
    match value:
        case str() | bool() | int() | float():
            yield path, value
        case list() if value and all(isinstance(each, dict) for each in value):
            yield from _blocks(path, value)
        case list() if value and all(isinstance(each, str | int) for each in value):
            yield f"{_piped(path)}sort(@)", sorted(value)
        case dict():
            for key, each in value.items():
                if isinstance(each, str | int | bool):
                    yield f"{path}.{at(key)}", each


def _piped(path: str) -> str:
    return f"{path} | "


def _blocks(path: str, bodies: list[Body]) -> Iterator[tuple[str, JsonValue]]:
    if len(bodies) == 1:
        yield f"length({_grouped(path)})", 1
        for name, value in bodies[0].items():
            yield from _values(name, value, f"{path} | [0]")
        return
    yield f"length({_grouped(path)})", len(bodies)
    for body in bodies:
        where = " && ".join(_conditions(body))
        if where:
            yield f"length({_grouped(path)}[?{where}]) > `0`", True


def _grouped(path: str) -> str:
    return f"({path})"


def _conditions(body: Body, prefix: str = "") -> Iterator[str]:
    for name, value in body.items():
        place = f"{prefix}{at(name)}"
        match value:
            case bool() | str() | int():
                yield f"{place}=={literal(value)}"
            case list() if value and all(isinstance(each, str) for each in value):
                yield from (f"contains({place} || `[]`, {literal(each)})" for each in value)
            case [dict() as only]:
                yield from _conditions(only, f"{place}[0].")


def _document(name: str, value: Value, chosen: str) -> Iterator[Pin]:
    """The words of a document, in the planned text where that is known, else in what is written."""
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        for number, body in enumerate(value):
            for inner, each in body.items():
                for pin in _document(inner, each, f"{chosen}.{at(name)} | [{number}]"):
                    yield Pin(name, pin.check)
        return
    if not isinstance(value, JsonText):
        return
    known = not any(True for _ in references(value))
    if known:
        yield from _granted(name, value.value, chosen_text(chosen, name))
    for way, leaf in leaves(value):
        if isinstance(leaf, Template):
            words = [part for part in leaf.parts if isinstance(part, str) and len(part) > 2]
        else:
            words = [leaf] if isinstance(leaf, str) and leaf else []
        for word in words:
            if known:
                quoted = raw(json.dumps(word))
                yield Pin(name, plan(f"contains({chosen_text(chosen, name)}, {quoted})"))
            else:
                whole = in_source(word) if isinstance(leaf, str) else json_literal(word)
                yield Pin(name, config(f"contains(to_string(@), {whole})"))
        if not known and isinstance(leaf, str) and leaf in ("Allow", "Deny"):
            other = "Deny" if leaf == "Allow" else "Allow"
            if all(each != other for _, each in leaves(value)):
                yield Pin(name, config(f"!contains(to_string(@), {in_source(other)})"))
        if isinstance(leaf, bool | int) and known:
            key = way[-1]
            written = (f"{json.dumps(key)}:{gap}{json.dumps(leaf)}" for gap in ("", " "))
            planned = chosen_text(chosen, name)
            forms = " || ".join(f"contains({planned}, {raw(form)})" for form in written)
            if isinstance(key, str):
                yield Pin(name, plan(forms))


def _granted(name: str, policy: Value, text: str) -> Iterator[Pin]:
    """That a policy has no more statements, actions, resources and principals than it should."""
    stated = policy.get("Statement") if isinstance(policy, dict) else None
    statements = stated if isinstance(stated, list) else [stated]
    if not all(isinstance(each, dict) for each in statements):
        return
    bodies = [each for each in statements if isinstance(each, dict)]
    found = f"[from_json({text}).Statement][]"
    yield Pin(name, plan(f"length({found})", len(bodies)))
    for key in ("Action", "Resource"):
        values = _flat([each.get(key) for each in bodies if key in each])
        if values is not None:
            yield Pin(name, plan(f"sort({found}.{key}[])", values))
    principals = [each.get("Principal") for each in bodies if "Principal" in each]
    whom = _flat([kind for each in principals if isinstance(each, dict) for kind in each.values()])
    if whom is not None and all(isinstance(each, dict) for each in principals):
        yield Pin(name, plan(f"sort({found}.Principal.values(@)[][])", whom))


def _flat(values: Sequence[Value]) -> list[JsonValue] | None:
    """Texts and lists of texts as one sorted list; None where there are none, or others."""
    items = [item for each in values for item in (each if isinstance(each, list) else [each])]
    texts = [item for item in items if isinstance(item, str)]
    return [*sorted(texts)] if texts and len(texts) == len(items) else None


def chosen_text(chosen: str, name: str) -> str:
    """The planned text of an argument, as an expression of its own."""
    return f"({chosen}.{at(name)})"


def _references(name: str, value: Value, prefix: str = "") -> Iterator[tuple[str, list[Ref]]]:
    """The ways to what refers, each with its references to one type."""
    place = f"{prefix}{at(name)}"
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        for number, body in enumerate(value):
            for inner, each in body.items():
                yield from _references(inner, each, f"{place}[{number}].")
        return
    by_type: dict[str, list[Ref]] = {}
    for ref in dict.fromkeys(references(value)):
        by_type.setdefault(ref.type, []).append(ref)
    yield from ((place, refs) for refs in by_type.values())


def _refers(type: str, path: str, ref: Ref, *, len_of: int) -> Check:
    condition = f"type=='{type}' && expressions.{path}.references[?starts_with(@, '{ref.type}.')]"
    # An index of a block stands for its place; with several resources each may be that one.
    loose = re.sub(r"\[\d+\]", "[]", path) if len_of > 1 else path
    condition = condition.replace(path, loose) if loose != path else condition
    return plan(f"length({_WRITTEN}[?{condition}]) > `0`")


def in_source(text: str) -> str:
    """A text in quotes as it stands in the JSON of a parsed file, as a JMESPath literal."""
    return json_literal(json.dumps(json.dumps(text))[1:-1])


def json_literal(text: str) -> str:
    """A text as a JMESPath JSON literal, in which a backslash is one."""
    return "`" + json.dumps(text).replace("`", "\\`") + "`"


def at(name: str) -> str:
    """A key in a JMESPath expression."""
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else json.dumps(name)


def literal(value: "str | int | float | bool") -> str:
    """A value in a JMESPath expression."""
    return raw(value) if isinstance(value, str) else f"`{json.dumps(value)}`"
