"""A built topic as a :class:`datagen.topic.Topic`: its specification, answer, brief. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, make_dataclass, replace
from functools import partial
from random import Random
from typing import Any

from datagen.brief import Brief, Need
from datagen.needs import in_region
from datagen.sources.documentation.checking import Pin, pins_of
from datagen.sources.documentation.completion import Configuration
from datagen.sources.documentation.instruction import Request, instruct, titled, whole
from datagen.sources.documentation.pages import TypePage
from datagen.sources.documentation.regions import offered
from datagen.sources.documentation.rendering import Setting, filled, hcl
from datagen.sources.documentation.values import (
    Choice,
    Name,
    Network,
    Value,
    WrittenResource,
    from_json,
    leaves,
    to_json,
)
from datagen.sources.documentation.wording import Teller, Told
from datagen.topic import Posed, Topic
from datagen.vocabulary import DOMAINS, REGIONS

STAGES = ("prod", "staging", "dev", "eu", "us", "core", "edge")
_OCTETS = tuple(range(10, 200, 5))


@dataclass(frozen=True, slots=True)
class Built:
    """A configuration that planned, and what of its checks did not hold, by position."""

    type: str
    example: int
    configuration: Configuration
    unheld: frozenset[int] = frozenset()

    @property
    def name(self) -> str:
        """The topic's: unique, and the same on every machine."""
        return f"docs-{self.type.removeprefix('aws_').replace('_', '-')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentedTopic(Topic[Any]):
    """A topic whose instruction is worded as a whole: what its resources are, and how they hang
    together."""

    request: Callable[[Any], Request]

    def pose(self, category: str, spec: Any, rng: Random) -> Posed:
        """See :meth:`datagen.topic.Topic.pose`."""
        posed = Topic.pose(self, category, spec, rng)
        instruction = instruct(self.request(spec), rng)
        return replace(posed, task=replace(posed.task, instruction=instruction))


def to_row(built: Built) -> dict[str, Any]:
    """As JSON data."""
    return {
        "type": built.type,
        "example": built.example,
        "unheld": sorted(built.unheld),
        "resources": [
            [each.type, each.label, to_json(each.body), each.companion]
            for each in built.configuration.resources
        ],
    }


def from_row(row: Mapping[str, Any]) -> Built:
    """What :func:`to_row` wrote."""
    return Built(
        row["type"],
        row["example"],
        Configuration(
            tuple(WrittenResource(t, label, _body(b), c) for t, label, b, c in row["resources"])
        ),
        frozenset(row["unheld"]),
    )


def _body(data: Any) -> dict[str, Value]:
    body = from_json(data)
    assert isinstance(body, dict)
    return body


def topic_of(built: Built, pages: Mapping[str, TypePage]) -> DocumentedTopic:
    """The topic. Its specification has a field for each thing that varies in it."""
    varied = list(_varied(built.configuration))
    regions = offered(built.configuration.resources, pages) or REGIONS
    slots = {each.slot: each.options for each in varied if isinstance(each, Choice)}
    networks = any(isinstance(each, Network) for each in varied)
    named = any(isinstance(each, Name) for each in varied)
    staged = any(isinstance(each, Name) and each.style != "word" for each in varied)
    fields: list[tuple[str, type]] = [("region", str)]
    fields += [("project", str)] * named + [("stage", str)] * staged + [("octet", int)] * networks
    fields += [(slot, type(options[0])) for slot, options in slots.items()]
    spec_type = make_dataclass("Specification", fields, frozen=True)

    def sample(rng: Random) -> Any:
        drawn: dict[str, Any] = {
            "region": rng.choice(regions),
            "project": rng.choice(DOMAINS),
            "stage": rng.choice(STAGES),
            "octet": rng.choice(_OCTETS),
            **{slot: rng.choice(options) for slot, options in slots.items()},
        }
        return spec_type(**{name: drawn[name] for name, _ in fields})

    return DocumentedTopic(
        name=built.name,
        request=partial(_request_of, built, pages),
        format="terraform",
        sample=sample,
        brief=partial(_brief_of, built, pages),
        answer=partial(_answer_of, built, pages),
    )


def setting_of(spec: Any) -> Setting:
    """A specification as a setting."""
    values = asdict(spec)
    known = {k: values.pop(k) for k in ("region", "project", "stage", "octet") if k in values}
    return Setting(**known, choices=values)


def _varied(configuration: Configuration) -> Any:
    for each in configuration.resources:
        for _, leaf in leaves(each.body):
            if isinstance(leaf, Choice | Name | Network):
                yield leaf


def _answer_of(built: Built, pages: Mapping[str, TypePage], spec: Any) -> str:
    return hcl(built.configuration, setting_of(spec), pages)


def _brief_of(built: Built, pages: Mapping[str, TypePage], spec: Any) -> Brief:
    setting = setting_of(spec)
    pins = held_pins(built, setting)
    resources = [
        replace(each, body=_filled(each, setting)) for each in built.configuration.resources
    ]
    teller = Teller(resources, pages)
    target = next(each for each in resources if each.type == built.type)
    others = [each for each in resources if each is not target]
    told = teller.told(target)
    goal = _goal(target, told, pins[target.address])
    needs = [_need(teller.told(each), pins[each.address]) for each in others]
    details = _details(told, pins[target.address])
    return Brief(goal, (*details, *needs, in_region(setting.region)))


def _request_of(built: Built, pages: Mapping[str, TypePage], spec: Any) -> Request:
    setting = setting_of(spec)
    resources = [
        replace(each, body=_filled(each, setting)) for each in built.configuration.resources
    ]
    teller = Teller(resources, pages)
    target = next(each for each in resources if each.type == built.type)
    others = tuple(teller.told(each) for each in resources if each is not target)
    return Request(teller.told(target), others, setting.project, setting.region)


def held_pins(built: Built, setting: Setting) -> dict[str, list[Pin]]:
    """The pins that held when the topic was built."""
    number = 0
    held: dict[str, list[Pin]] = {}
    for address, pins in pins_of(built.configuration, setting).items():
        kept = []
        for pin in pins:
            if number not in built.unheld:
                kept.append(pin)
            number += 1
        held[address] = kept
    return held


def _filled(resource: WrittenResource, setting: Setting) -> dict[str, Value]:
    body = filled(resource.body, setting)
    assert isinstance(body, dict)
    return body


def _goal(target: WrittenResource, told: Told, pins: list[Pin]) -> Need:
    own = [pin.check for pin in pins if pin.argument in ("", *told.names)]
    return Need(titled(told), (f"Terraform code for {titled(told)}",), tuple(own))


def _details(told: Told, pins: list[Pin]) -> list[Need]:
    return [
        Need(
            clause.text,
            (f"For the {told.kind}: {clause.text}",),
            tuple(pin.check for pin in pins if pin.argument == clause.argument),
        )
        for clause in told.clauses
    ]


def _need(told: Told, pins: list[Pin]) -> Need:
    return Need(whole(told), (f"Also {whole(told)}",), tuple(pin.check for pin in pins))
