"""How a provider is declared: its types, their attributes, and what each does beyond them.

The words are those of the framework that the real ones are written in
(https://developer.hashicorp.com/terraform/plugin/framework): defaults, validators, plan modifiers.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, TypeAlias

from sandbox.standins.values import Value, Values

TypeName: TypeAlias = str | list[Any]
"""A type as Terraform's JSON has it: ``"string"``, ``["map", "string"]``."""

STRING, NUMBER, BOOL = "string", "number", "bool"
MAP_OF_STRING: TypeName = ["map", "string"]
LIST_OF_STRING: TypeName = ["list", "string"]
SET_OF_STRING: TypeName = ["set", "string"]

Path: TypeAlias = tuple[str | int, ...]
"""Where in an object: names of attributes, numbers of list items."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A diagnostic. ``path``: the attribute that it is about."""

    summary: str
    detail: str = ""
    path: Path = ()
    warning: bool = False


class StandinRefused(Exception):
    """A resource that cannot be made, a data source that cannot be read: what its user reads."""

    def __init__(self, *complaints: Complaint) -> None:
        super().__init__("; ".join(each.summary for each in complaints))
        self.complaints = complaints


Validator: TypeAlias = Callable[[str, Value, Values], Complaint | None]
"""Looks at an attribute by its name, its known value and the whole configuration."""


@dataclass(frozen=True, slots=True)
class SchemaAttribute:
    """One attribute.

    ``default``: its value where none is written. ``replaces``: another value makes the resource
    anew. ``stays``: a computed value stays where the resource is only changed.
    ``deprecated``: the warning where it is written.
    """

    type: TypeName
    required: bool = False
    optional: bool = False
    computed: bool = False
    sensitive: bool = False
    default: Value = None
    replaces: bool = False
    stays: bool = True
    deprecated: str = ""
    validators: tuple[Validator, ...] = ()


class BlockNesting(IntEnum):
    """How often a block may be there; the protocol's numbers."""

    LIST = 2
    SET = 3


@dataclass(frozen=True, slots=True)
class SchemaBlock:
    """A block within a resource."""

    attributes: Mapping[str, SchemaAttribute]
    nesting: BlockNesting = BlockNesting.LIST
    max_items: int = 0
    replaces: bool = False


def _nothing_wrong(config: Values) -> Iterable[Complaint]:
    return ()


def _as_planned(config: Values, prior: Values | None, planned: Values) -> Iterable[Complaint]:
    return ()


def _as_it_is(planned: Values) -> Values:
    return planned


def _keep_nothing(prior: Values) -> None:
    return None


def _as_written(config: Values) -> Values:
    return config


@dataclass(frozen=True, slots=True)
class ResourceKind:
    """A type of resource.

    ``deprecated``: the warning where it is used. ``validate``: what is wrong with a configuration
    beyond its attributes. ``modify``: changes a plan in place and says what is wrong with it.
    ``create``: the state of what was planned, with every value known; ``update`` likewise for one
    that is there, ``refresh`` what has become of it (None: it is gone), and ``destroy`` ends it.
    ``imported``: the state for an id.
    """

    attributes: Mapping[str, SchemaAttribute]
    blocks: Mapping[str, SchemaBlock] = field(default_factory=dict)
    version: int = 0
    deprecated: str = ""
    validate: Callable[[Values], Iterable[Complaint]] = _nothing_wrong
    modify: Callable[[Values, Values | None, Values], Iterable[Complaint]] = _as_planned
    create: Callable[[Values], Values] = _as_it_is
    update: Callable[[Values], Values] = _as_it_is
    refresh: Callable[[Values], Values | None] = _as_it_is
    destroy: Callable[[Values], None] = _keep_nothing
    imported: Callable[[str], Values] | None = None


@dataclass(frozen=True, slots=True)
class DataKind:
    """A type of data source, or of ephemeral resource. ``read``: the result of a configuration."""

    attributes: Mapping[str, SchemaAttribute]
    blocks: Mapping[str, SchemaBlock] = field(default_factory=dict)
    deprecated: str = ""
    validate: Callable[[Values], Iterable[Complaint]] = _nothing_wrong
    read: Callable[[Values], Values] = _as_written


@dataclass(frozen=True, slots=True)
class FunctionKind:
    """A function. ``parameters``: each with its type; ``result``: that of what ``call`` gives."""

    parameters: Mapping[str, TypeName]
    result: TypeName
    call: Callable[..., Value]


@dataclass(frozen=True, slots=True)
class ProviderKind:
    """A provider: its types and functions by name."""

    resources: Mapping[str, ResourceKind]
    data: Mapping[str, DataKind] = field(default_factory=dict)
    ephemeral: Mapping[str, DataKind] = field(default_factory=dict)
    functions: Mapping[str, FunctionKind] = field(default_factory=dict)
