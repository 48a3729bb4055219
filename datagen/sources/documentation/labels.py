"""Which resources of an example are kept, and what they are labelled. Pure."""

import re
from collections import Counter
from collections.abc import Collection, Sequence

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


def connected(
    resources: Sequence[WrittenResource], type: str, beside: Collection[str] = ()
) -> list[WrittenResource]:
    """The resources that hang together with those of the type; an example's others lost what
    referred to them. ``beside``: types that stay whatever they hang together with."""
    near = {each.address for each in resources if each.type == type or each.type in beside}
    linked = {each.address: {r.address for r in references(each.body)} for each in resources}
    grown = True
    while grown:
        before = len(near)
        near |= {r for address in near for r in linked.get(address, ())}
        near |= {address for address, refs in linked.items() if refs & near}
        grown = len(near) > before
    return [each for each in resources if each.address in near]


def one_region(resources: Sequence[WrittenResource]) -> list[WrittenResource]:
    """A global cluster's resources without members beyond the first: they are those of other
    regions, and a configuration is of one."""
    whole = {each.type for each in resources if _GLOBAL.search(each.type)}
    if not whole:
        return list(resources)
    gone: set[str] = set()
    members = {
        ref.type for each in resources if each.type in whole for ref in references(each.body)
    }
    for each in resources:
        refs = {ref.address for ref in references(each.body)}
        if any(_GLOBAL.search(address) for address in refs) and each.type not in whole:
            if each.type in members or refs & gone:
                gone.add(each.address)
            members.add(each.type)
        elif refs & gone:
            gone.add(each.address)
    return [each for each in resources if each.address not in gone]


_GLOBAL = re.compile(r"^aws_\w+_global_(?:cluster|replication_group)(?:\.|$)")


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
