"""Two specifications of one topic that differ in little, and the request that leads from one to the
other. Pure.

What is asked for is what the second one's brief says and the first one's does not: so a request
says all that its checks pin.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from random import Random
from typing import Any

from datagen.brief import Brief, plain
from datagen.phrasing import show
from datagen.topic import Topic, as_json
from rewardsvc.types import JsonValue

_DRAWS = 60
"""Specifications that are drawn for values that differ."""
_TWO = 1 / 4
"""The share of variants with two other values."""
_MOST_SAID = 4
"""Wishes of one request; two specifications that differ in more are others."""
_CONTRASTED = 0.4
"""The share of requests that say what was so far."""


@dataclass(frozen=True, slots=True)
class Variant:
    """Another specification, and in which fields it is another."""

    spec: Any
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that is to be otherwise. ``wanted``: sentences that say the same, () where it is to
    go; ``so_far``: what was, "" where it is new. Values are marked as in a brief."""

    wanted: tuple[str, ...]
    so_far: str


def spec_of(topic: Topic[Any], data: JsonValue) -> Any | None:
    """A specification from its JSON, as rows keep it; None where it is none of that topic's."""
    spec = _like(topic.sample(Random(0)), data)
    return spec if spec is not None and json.loads(json.dumps(as_json(spec))) == data else None


def _like(sample: Any, data: JsonValue) -> Any | None:
    """A specification of a sample's type, whose fields may be specifications themselves."""
    if not isinstance(data, dict) or set(data) != {each.name for each in fields(sample)}:
        return None
    inner = {name: getattr(sample, name) for name in data}
    return type(sample)(
        **{
            name: _like(inner[name], value) if is_dataclass(inner[name]) else _frozen(value)
            for name, value in data.items()
        }
    )


def variants(topic: Topic[Any], spec: Any, seed: str) -> Iterator[Variant]:
    """Specifications that differ from one in one value or two, in an order that the seed gives."""
    rng = Random(seed)
    for _ in range(_DRAWS):
        other = topic.sample(rng)
        differing = [
            each.name
            for each in fields(spec)
            if getattr(other, each.name) != getattr(spec, each.name)
        ]
        if differing:
            count = min(1 + (rng.random() < _TWO), len(differing))
            chosen = tuple(sorted(rng.sample(differing, count)))
            yield Variant(replace(spec, **{name: getattr(other, name) for name in chosen}), chosen)


def wishes(before: Brief, after: Brief) -> tuple[Wish, ...]:
    """What a brief asks for beyond another one of its topic; () where it cannot be said in few
    words."""
    found = []
    if after.goal.note != before.goal.note:
        wanted = tuple(f"Make it {each}" for each in after.goal.sentences)
        found.append(Wish(wanted, before.goal.note))
    said = {each.note for each in before.needs}
    new = [each for each in after.needs if each.note not in said]
    kept = {each.note for each in after.needs}
    gone = [each.note for each in before.needs if each.note not in kept]
    paired = len(new) == len(gone)
    for place, each in enumerate(new):
        found.append(Wish(each.sentences, gone[place] if paired else ""))
    if not paired:
        found += [Wish((), note) for note in gone]
    return tuple(found) if len(found) <= _MOST_SAID else ()


def request(wished: Sequence[Wish], rng: Random) -> str:
    """A request for these changes, worded with ``rng``: ticket, one-liner, list or follow-up."""
    contrasted = rng.random() < _CONTRASTED
    lines = [_line(each, contrasted, rng) for each in wished]
    if len(lines) == 1 or rng.random() < 0.3:
        form = rng.choice(_IN_PROSE)
        text = form.format(lines=". ".join(lines))
    else:
        form = rng.choice(_AS_LIST)
        text = form.format(lines="\n".join(f"- {line}" for line in lines))
    return show(text, rng)


def said(wished: Sequence[Wish]) -> tuple[str, ...]:
    """The changes in short, without marks."""
    return tuple(plain(each.wanted[0] if each.wanted else f"no {each.so_far}") for each in wished)


_IN_PROSE = (
    "Change what is below: {lines}. Leave the rest as it is.",
    "{lines}. Everything else stays as it is below.",
    "One more thing about the files below. {lines}. Nothing else may change.",
    "We run what is below. From now on: {lines}. What is not mentioned stays the same.",
    "Follow-up from the review: {lines}. Keep everything else, and send it back whole.",
    "Ticket: change request\n\n{lines}.\n\nThe present state is below; answer with all of it,"
    " changed.",
)
_AS_LIST = (
    "Update what is below as follows:\n{lines}\nReply with the complete result; the rest stays.",
    "Ticket: change request\n\nWanted:\n{lines}\n\nNot wanted: any other change. The present state"
    " is below.",
    "A few things are to be otherwise in what we have (below):\n{lines}\nTouch nothing else.",
)


def _line(wish: Wish, contrasted: bool, rng: Random) -> str:
    if not wish.wanted:
        return f"Drop this: {wish.so_far}"
    wanted = rng.choice(wish.wanted)
    return f"{wanted} (so far: {wish.so_far})" if contrasted and wish.so_far else wanted


def _frozen(value: JsonValue) -> Any:
    """JSON's lists as the tuples that specifications are made of."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
