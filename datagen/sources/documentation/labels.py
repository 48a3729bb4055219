"""Which resources of an example are kept, and what they are labelled. Pure."""

import re
from collections import Counter
from collections.abc import Sequence

from datagen.sources.documentation.naming import SILLY, noun_of
from datagen.sources.documentation.values import (
    Ref,
    Template,
    Value,
    Way,
    WrittenResource,
    mapped,
    references,
)


def kept(resources: Sequence[WrittenResource], type: str) -> list[WrittenResource]:
    """The resources of the type, what they need and what needs them; named for what they are."""
    first = next(each for each in resources if each.type == type)
    by_address = {each.address: each for each in resources}
    kept = {first.address}
    grown = True
    while grown:
        grown = False
        for address, each in by_address.items():
            refers = {ref.address for ref in references(each.body)} & by_address.keys()
            joined = address in kept or first.address in refers
            new = ({address} | refers if joined else set()) - kept
            if new:
                kept |= new
                grown = True
    chosen = [each for each in resources if each.address in kept]
    return relabelled(chosen)


def relabelled(resources: Sequence[WrittenResource]) -> list[WrittenResource]:
    """With labels that say what a resource is, where the documentation's do not."""
    labels: dict[str, str] = {}
    counts = Counter(each.type for each in resources)
    taken: set[tuple[str, str]] = set()
    for each in resources:
        label = each.label
        if SILLY.search(label) or label == "default" or each.type == f"aws_{label}":
            label = "main" if counts[each.type] == 1 else noun_of(each.type)
        label = re.sub(r"[^a-z0-9_]", "_", label.lower())
        number = 2
        base = label
        while (each.type, label) in taken:
            label = f"{base}_{number}"
            number += 1
        taken.add((each.type, label))
        labels[each.address] = label

    def change(_: Way, leaf: Value) -> Value:
        if isinstance(leaf, Ref) and leaf.address in labels:
            return Ref(leaf.type, labels[leaf.address], leaf.attribute)
        if isinstance(leaf, Template):
            return Template(
                tuple(part if isinstance(part, str) else change((), part) for part in leaf.parts)  # type: ignore[misc]  # a reference stays one
            )
        return leaf

    made = []
    for each in resources:
        body = mapped(each.body, change)
        assert isinstance(body, dict)
        made.append(WrittenResource(each.type, labels[each.address], body, each.companion))
    return made
