"""Signs that nobody would ask for a configuration: documentation has them, work has not. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from datagen.sources.documentation.completion import Configuration
from datagen.sources.documentation.contradictions import contradictory_signs
from datagen.sources.documentation.fallbacks import acts_by_its_name
from datagen.sources.documentation.learnt import names_of
from datagen.sources.documentation.naming import (
    SILLY,
    documented_address,
    invented,
    is_search,
    past,
)
from datagen.sources.documentation.pages import PageBlock, TypePage
from datagen.sources.documentation.rendering import Setting, elsewhere, filled
from datagen.sources.documentation.values import (
    Name,
    Ref,
    Template,
    Way,
    WrittenResource,
    leaves,
    references,
)

_ONCE = frozenset({"aws_vpc", "aws_internet_gateway", "aws_ecs_cluster", "aws_eks_cluster"})
_ARN = re.compile(r"^arn:aws[\w-]*:[\w-]+:[\w-]*:\d{12}:(?!root$)")
_REGION = re.compile(r"(?<![a-z-])(?:us|eu|ap|sa|ca|me|af)-(?:gov-)?[a-z]+-\d")
_HOSTS = ("domain_name", "fqdn", "validation_domain")
_NOT_NAMED = ("release_label", "image_name", "target_id", "engine_version", "family_name")
_HERE = (Setting().region, elsewhere(Setting().region))
_UNREADABLE = re.compile("[\ue000-\uf8ff]")
_MOST_TEXT = 900
"""Characters of one document: nobody dictates more."""


def silly_signs(configuration: Configuration, pages: Mapping[str, TypePage]) -> list[str]:
    """What is silly about it, in words; empty where nothing is."""
    return list(_signs(configuration, pages))


def _signs(configuration: Configuration, pages: Mapping[str, TypePage]) -> Iterator[str]:
    yield from contradictory_signs(configuration.resources, pages)
    counts = Counter(each.type for each in configuration.resources)
    for type in _ONCE & counts.keys():
        if counts[type] > 1:
            yield f"{counts[type]} of {type}"
    used = {ref.address for each in configuration.resources for ref in references(each.body)}
    seen: list[tuple[str, object]] = []
    for each in configuration.resources:
        yield from _misnamed(each, pages)
        if (each.type, each.body) in seen:
            yield f"the same {each.type} twice"
        seen.append((each.type, each.body))
        single = [value for value in each.body.values() if isinstance(value, Ref)]
        if len(single) != len(set(single)):
            yield f"{each.address} refers to the same thing twice"
        if each.companion and each.address not in used:
            yield f"nothing refers to {each.address}"
        if not each.body and len(configuration.resources) == 1 and pages[each.type].schema.names:
            yield f"{each.address} is empty"
        for way, _ in leaves(each.body):
            if "$json" not in way and (key := _silly_key(way, pages[each.type].schema)):
                yield f"{each.address}: documentation's words {key!r}"
        body = filled(each.body, Setting())
        for way, leaf in leaves(body):
            texts = leaf.parts if isinstance(leaf, Template) else (leaf,)
            for text in texts:
                if not isinstance(text, str):
                    continue
                place = f"{each.address} {'.'.join(map(str, way))}"
                if SILLY.search(text) or documented_address(text) or _UNREADABLE.search(text):
                    yield f"{place}: documentation's words {text[:60]!r}"
                elif past(text):
                    yield f"{place}: {text[:60]!r} is over"
                elif _ARN.search(text) or "123456789" in text:
                    yield f"{place}: an invented ARN {text[:60]!r}"
                elif (
                    way[-1] in _HOSTS
                    and "." not in text
                    and not isinstance(leaf, Template)
                    and not is_search(each.type)
                ):
                    yield f"{place}: {text[:60]!r} is no domain"
                elif invented(text):
                    yield f"{place}: an invented id {text[:60]!r}"
                elif (found := _REGION.search(text)) and found[0] not in _HERE:
                    yield f"{place}: the region {found[0]} of somebody else"
                elif len(text) > _MOST_TEXT:
                    yield f"{place}: a text of {len(text)} characters"


def _silly_key(way: Way, schema: PageBlock) -> str:
    """The key of a map on a way that documentation has; "" where there is none."""
    block = schema
    for step in names_of(way):
        if step in block.blocks:
            block = block.blocks[step].block
        elif step not in block.attributes and SILLY.search(step):
            return step
    return ""


def _misnamed(resource: WrittenResource, pages: Mapping[str, TypePage]) -> Iterator[str]:
    """Names where something has its own: a release, an image, another resource; and what refers to
    a thing of another kind."""
    family = "_".join(resource.type.split("_")[:2])
    for way, leaf in leaves(resource.body):
        place = f"{resource.address} {way[-1]}"
        if isinstance(leaf, Name) and way[-1] in _NOT_NAMED:
            yield f"{place}: nobody chooses that"
        if isinstance(leaf, Name) and len(way) == 1:
            stem = re.sub(r"_(?:name|identifier|id)$", "", str(way[0]))
            if f"{family}_{stem}" in pages and not resource.type.endswith(stem):
                yield f"{place}: names a resource that is not there"
        if isinstance(leaf, Ref) and leaf.type == "aws_instance" and way[-1] == "instance_arn":
            yield f"{place}: an EC2 instance is something else"
        action = way[-1] == "Action" and isinstance(leaf, str) and leaf.endswith(":Get*")
        if action and not acts_by_its_name(str(leaf)):
            yield f"{place}: {leaf!r} is no action"
        if isinstance(leaf, str) and leaf.lower() == way[-1]:
            yield f"{place}: the argument's own name"
