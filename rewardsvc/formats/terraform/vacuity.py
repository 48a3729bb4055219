"""Whether a Terraform configuration makes anything: decided from its text, and from its plan. Pure.

The text is read before any provider is looked up; what only Terraform can evaluate (a count that
comes from a variable) shows in the plan.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sandbox.hcl.addresses import is_known_module, registry_address
from sandbox.hcl.outline import Block
from sandbox.hcl.survey import ENDINGS, OutlinedFile, outlines

_HOLLOW = frozenset({"null_resource", "terraform_data"})
_HOLLOW_PROVIDERS = ("local", "random", "time")
"""Whose resources are numbers, words, moments and files of the machine that runs Terraform."""

_NOTHING = re.compile(
    r"0+|false|null|\{\s*\}|\[\s*\]|(?:toset|tomap|tolist)\(\s*(?:\[\s*\]|\{\s*\})\s*\)"
)
"""``count`` and ``for_each`` with which a block makes nothing."""


def is_hollow(type: str) -> bool:
    """Whether resources of a type make nothing outside of Terraform's state and its own machine.

    What a provisioner of one does (``local-exec``) is nothing that Terraform manages.
    """
    return type in _HOLLOW or type.partition("_")[0] in _HOLLOW_PROVIDERS


def why_vacuous(files: Mapping[str, bytes], mirrored: Collection[str] = ()) -> str:
    """Why the text makes nothing, "" where it may make something.

    A file that cannot be outlined counts as substance: Terraform shall say what is wrong with it.
    So does a module of the registry that the toolchain's table knows, here or not, and one that is
    ``mirrored``: its plan shows what it makes.
    """
    sources = outlines(files)
    if len(sources) < sum(path.endswith(ENDINGS) for path in files):
        return ""
    resources = list(_blocks(sources, "resource"))
    modules = list(_blocks(sources, "module"))
    real = [
        (source, block)
        for source, block in resources
        if not block.labels or not is_hollow(block.labels[0])
    ]
    if any(_is_known(*pair, mirrored) and not _makes_nothing(*pair) for pair in modules):
        return ""
    local = [pair for pair in modules if _is_local(*pair)]
    if not real:
        if modules and not local:
            return "everything is in a remote module, which is not fetched"
        if resources:
            return f"nothing but {', '.join(sorted({b.labels[0] for _, b in resources}))}"
        return "there is no resource in it"
    if all(_makes_nothing(source, block) for source, block in real):
        return "every resource is behind count = 0 or an empty for_each"
    return ""


def plans_nothing(plan: Mapping[str, Any], *, edited: bool = False) -> str:
    """Why a plan that succeeded makes nothing, "" where it makes something.

    ``edited``: something stood before, and what stays of it counts, too.
    """
    counts = {"create", "update", "no-op"} if edited else {"create"}
    for change in plan.get("resource_changes") or ():
        makes = not counts.isdisjoint((change.get("change") or {}).get("actions", ()))
        if makes and change.get("mode") == "managed" and not is_hollow(str(change.get("type"))):
            return ""
    return "the plan leaves no resource" if edited else "the plan creates no resource"


def _blocks(sources: tuple[OutlinedFile, ...], type: str) -> Iterator[tuple[OutlinedFile, Block]]:
    for source in sources:
        for block in source.body.named(type):
            yield source, block


def _is_local(source: OutlinedFile, block: Block) -> bool:
    address = source.literal(block.body.attribute("source"))
    return address is not None and address.startswith(("./", "../"))


def _is_known(source: OutlinedFile, block: Block, mirrored: Collection[str]) -> bool:
    """Whether a called module is one of the registry's that can be here."""
    written = source.literal(block.body.attribute("source"))
    address = registry_address(written) if written else None
    return address is not None and (address.package in mirrored or is_known_module(str(address)))


def _makes_nothing(source: OutlinedFile, block: Block) -> bool:
    for name in ("count", "for_each"):
        attribute = block.body.attribute(name)
        if attribute is not None:
            whole = source.text[attribute.start : attribute.end].strip()
            if source.json and whole.startswith('"${'):
                whole = whole[3:].removesuffix('}"').strip()
            expression = whole.strip("() \t")
            if _NOTHING.fullmatch(whole) or _NOTHING.fullmatch(expression):
                return True
    return False
