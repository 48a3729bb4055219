"""What else than names varies in a configuration: numbers and choices with alternatives. Pure.

Alternatives are planned while a topic is built, so that no task's own plan finds out.
"""

import re
from collections import Counter
from collections.abc import Sequence

from datagen.sources.documentation.completion import Configuration
from datagen.sources.documentation.fallbacks import options_in
from datagen.sources.documentation.learnt import names_of
from datagen.sources.documentation.pages import Pages
from datagen.sources.documentation.values import (
    Choice,
    Value,
    Way,
    WrittenResource,
    leaves,
    mapped,
)

_SCALES: tuple[tuple[str, tuple[int, ...]], ...] = (
    (r"port$", (443, 8080, 8443, 9000)),
    (r"days|retention", (7, 14, 30, 60, 90)),
    (r"seconds|timeout|ttl|interval|grace", (30, 60, 120, 300, 600, 900)),
    (r"minutes", (15, 30, 60, 90)),
    (r"hours", (6, 12, 24, 48)),
    (r"percent", (25, 50, 75)),
    (r"size|storage|capacity|memory", ()),
)  # fmt: skip
_WEB_PORTS = (80, 443, 8000, 8080, 8443, 9000)
_FIXED = re.compile(
    r"protocol|version|from_port|to_port|min|max|priority|order|asn|vlan|status_code|cpu|_type$"
    r"|shard|index|sequence|icmp|code|mode"
)
_RANGE = re.compile(
    r"(?:[Bb]etween|[Ff]rom) `?([\d,]+)`?[^.]{0,24}?(?:and|to|through) `?([\d,]+)"
    r"|`?(\d+)`? ?- ?`?(\d+)`?"
)
_STANDS_ALONE = re.compile(
    r"(?:^|_)(?:log_level|mutability|storage_class|frequency|client_affinity"
    r"|traffic_type|compression|http_tokens|performance_mode|statistic|execution_class|cpu_credits"
    r"|language_code|recursive_loop|look_back_period|update_runtime_on)$"
)
"""Choices that go with whatever is chosen beside them: what else is enumerated (a type, a status,
an action) decides what else must be there."""
_HANDED_ON = "aws_ssm_parameter"
"""A parameter that hands on an ARN is a plain text."""
_MOST_SLOTS = 5
_ALTERNATIVES = 2


def with_choices(
    configuration: Configuration, pages: Pages, *, numbers: bool, texts: bool
) -> Configuration:
    """The configuration with alternatives for what its author chose.

    Args:
        numbers: of numbers.
        texts: of texts that the documentation enumerates.
    """
    slots = 0
    numbers_there = Counter(
        leaf
        for each in configuration.resources
        for _, leaf in leaves(each.body)
        if isinstance(leaf, int) and not isinstance(leaf, bool)
    )
    mentioned = set(
        re.findall(
            r"\d+",
            " ".join(
                leaf for each in configuration.resources for _, leaf in leaves(each.body)
                if isinstance(leaf, str)
            ),
        )
    )  # fmt: skip

    def of(resource: WrittenResource) -> WrittenResource:
        arguments = pages.pages[resource.type].arguments

        def change(way: Way, leaf: Value) -> Value:
            nonlocal slots
            names = names_of(way)
            item = bool(way) and isinstance(way[-1], int)  # two of a list may not be the same
            if slots >= _MOST_SLOTS or "$json" in names or not names or item:
                return leaf
            text = arguments.get(".".join(names), "")
            options: Sequence[str | int] = ()
            if numbers and isinstance(leaf, int) and not isinstance(leaf, bool):
                twice = names[-1].endswith("port") and numbers_there[leaf] > 1
                if str(leaf) not in mentioned and not twice:
                    options = other_numbers(names[-1], leaf, text)
            elif texts and _STANDS_ALONE.search(names[-1]) and isinstance(leaf, str):
                known = options_in(text)
                options = [each for each in known if each != leaf] if leaf in known else ()
            if not options:
                return leaf
            assert isinstance(leaf, str | int)
            slots += 1
            return Choice(f"v{slots}", (leaf, *options[:_ALTERNATIVES]))

        body = mapped(resource.body, change)
        assert isinstance(body, dict)
        return WrittenResource(resource.type, resource.label, body, resource.companion)

    return Configuration(
        tuple(
            each if each.companion or each.type == _HANDED_ON else of(each)
            for each in configuration.resources
        )
    )


def other_numbers(name: str, value: int, text: str) -> list[int]:
    """Numbers that would do as well, within the range that the text names."""
    if name.endswith("port") and value not in _WEB_PORTS:
        return []  # a database's
    if _FIXED.search(name) or value in (0, -1, 1):
        return []
    if options := [int(each) for each in options_in(text) if each.isdigit()]:
        return [each for each in options if each != value]
    scale = next((known for wanted, known in _SCALES if re.search(wanted, name)), ())
    near = sorted(scale, key=lambda each: abs(each - value)) or [value * 2, value + value // 2]
    least, most = _bounds(text, value)
    return [each for each in near if each != value and least <= each <= most]


def _bounds(text: str, value: int) -> tuple[int, int]:
    for match in _RANGE.finditer(text):
        numbers = [int(each.replace(",", "")) for each in match.groups() if each]
        if len(numbers) == 2 and numbers[0] <= value <= numbers[1]:
            return numbers[0], numbers[1]
    return 1, value * 4
