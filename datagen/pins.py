"""Checks as topics write them: what to look at, and what must be there.

Each function gives a :class:`rewardsvc.types.Check` in JMESPath; the need that it belongs to
describes it. Without an expected value the expression must be exactly true.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rewardsvc.checks.named.base import Value, having
from rewardsvc.formats.kubernetes.named import ResourceHas
from rewardsvc.formats.terraform.named import ResourceCount, ResourceExists, ResourceReferences
from rewardsvc.types import ABSENT, Check, JsonValue, Target

_RESOURCES = "planned_values.root_module.resources"

_MOST_REFERENCES = 8
"""Of one argument that are looked at; an address is behind the attribute that is taken of it."""


def documents(expr: str, expect: JsonValue = ABSENT) -> Check:
    """A check on the list of parsed YAML documents."""
    return Check(on=Target.DOCUMENTS, expr=expr, expect=expect)


def ast(expr: str, expect: JsonValue = ABSENT) -> Check:
    """A check on the parsed file in the shape that its verifier documents."""
    return Check(on=Target.AST, expr=expr, expect=expect)


def instruction(name: str, condition: str) -> Check:
    """Some instruction of a Dockerfile, of that name, meets a condition."""
    return ast(f"length(instructions[?instruction=='{name}'] | [?{condition}]) > `0`")


def plan(expr: str, expect: JsonValue = ABSENT) -> Check:
    """A check on ``terraform show -json`` of the plan."""
    return Check(on=Target.PLAN, expr=expr, expect=expect)


def config(expr: str, expect: JsonValue = ABSENT) -> Check:
    """A check on the parsed HCL."""
    return Check(on=Target.CONFIG, expr=expr, expect=expect)


def of_kind(kind: str, path: str, expect: Value) -> Check:
    """A value in the first Kubernetes document of a kind."""
    return ResourceHas(kind=kind, path=path, value=expect).render()


def values_of(kind: str, values: Mapping[str, Value]) -> list[Check]:
    """Values by their paths in the first Kubernetes document of a kind, a check for each."""
    return [of_kind(kind, path, value) for path, value in values.items()]


def quantity(kind: str, path: str, expect: str | int) -> Check:
    """Like :func:`of_kind`, where ``2`` and ``"2"`` mean the same."""
    return documents(f"to_string([?kind=='{kind}'] | [0].{path})", str(expect))


def holds(kind: str, condition: str) -> Check:
    """A condition that is true of the first Kubernetes document of a kind."""
    return documents(f"[?kind=='{kind}'] | [0] | {condition}")


def selects(kind: str, path: str, workload: str) -> Check:
    """The labels that an object selects by are among those that a workload gives its pods."""
    selector = f"([?kind=='{kind}'] | [0].{path})"
    labels = f"([?kind=='{workload}'] | [0].spec.template.metadata.labels)"
    return documents(f"length({selector}) > `0` && merge({labels}, {selector}) == {labels}")


def serves(port: int, workload: str = "Deployment") -> Check:
    """The Service leads to a port of the workload's container, by number or by its name."""
    target = "([?kind=='Service'] | [0].spec.ports[0].targetPort)"
    name = f"([?kind=='{workload}'] | [0].spec.template.spec.containers[0].ports[0].name)"
    return documents(f"[{target}, {name}] | [0] && ([0] == `{port}` || [0] == [1])")


def word_in(text: str, word: str) -> str:
    """Expression: a text has a word of its own, bare or in quotes."""
    bare, quoted = raw(f" {word} "), raw(f'"{word}"')
    return f"(contains(join('', [' ', {text}, ' ']), {bare}) || contains({text}, {quoted}))"


def argument(arguments: str, flag: str, value: str | int) -> Check:
    """A list of arguments has ``--flag=value``, or ``--flag value`` in one or two elements."""
    joined = f"contains(join(' ', {arguments}), {raw(f'--{flag} {value}')})"
    return documents(f"contains({arguments}, {raw(f'--{flag}={value}')}) || {joined}")


def runs(commands: str, command: str) -> Check:
    """One of a list of shell commands or scripts contains a line that ends with ``command``."""
    line = raw(command + "\n")
    return documents(
        f"length({commands} | [?ends_with(@, {raw(command)}) || contains(@, {line})]) > `0`"
    )


def planned(type: str, path: str, expect: JsonValue) -> Check:
    """A planned value of the first resource of a type."""
    return plan(f"{_RESOURCES}[?type=='{type}'].values.{path} | [0]", expect)


def planned_true(type: str, condition: str) -> Check:
    """A condition that is true of the planned values of some resource of a type."""
    return plan(f"length({_RESOURCES}[?type=='{type}'].values | [?{condition}]) > `0`")


def planned_all(type: str, path: str, expect: Sequence[JsonValue]) -> Check:
    """The values of an attribute over all resources of a type, in whatever order."""
    return plan(f"sort({_RESOURCES}[?type=='{type}'].values.{path})", sorted(expect))


def refers(type: str, argument: str, to: str) -> Check:
    """Some resource's argument is an expression that refers to a resource of type ``to``."""
    return plan(
        f"length(configuration.root_module.resources[?type=='{type}'].expressions.{argument}"
        f".references[] | [?starts_with(@, '{to}.')]) > `0`"
    )


def all_refer(type: str, argument: str, to: str) -> Check:
    """The argument refers to a resource of type ``to`` in every resource of a type."""
    return ResourceReferences(type=type, argument=argument, to=to).render()


def has(type: str, attributes: Mapping[str, Value]) -> Check:
    """Some planned resource of a type has all of these values, by their paths."""
    return ResourceExists(type=type, attributes=having(attributes)).render()


def count_of(type: str, count: int) -> Check:
    """So many resources of a type are planned."""
    return ResourceCount(type=type, count=count).render()


def members(type: str, path: str, expect: Sequence[str | int]) -> Check:
    """A set or list of the first resource of a type has these members and no others."""
    return plan(f"sort({_RESOURCES}[?type=='{type}'].values.{path} | [0])", sorted(expect))


def waits_for(type: str, other: str) -> Check:
    """Every resource of a type names one of another type in its ``depends_on``."""
    of_type = f"configuration.root_module.resources[?type=='{type}']"
    waiting = f"depends_on[?starts_with(@, '{other}.')]"
    return plan(f"length({of_type}) > `0` && length({of_type} | [?!({waiting})]) == `0`")


def spells(type: str, attribute: str, parts: Sequence[str], without: Sequence[str] = ()) -> Check:
    """A planned text of some resource of a type, such as the JSON of a policy, has these parts."""
    there = [f"contains({attribute}, {raw(part)})" for part in parts]
    gone = [f"!contains({attribute}, {raw(part)})" for part in without]
    return planned_true(type, " && ".join((*there, *gone)))


def written_true(type: str, condition: str) -> Check:
    """A condition that is true of some resource of a type as it is written, not as it is planned.

    For what no plan shows: lifecycle rules, and texts that have unknown values in them. An
    expression is a text in ``${}``, such as ``${jsonencode({Effect = "Allow"})}``.
    """
    bodies = f"map(&values(@), resource[].{type})[]"
    return config(f"length({bodies} | [?{condition}]) > `0`")


@dataclass(frozen=True, slots=True)
class PolicyGrant:
    """What a policy allows. ``resource``: "" where none is named, as of who may assume a role.
    ``principal``: whom, by its kind; None in a policy of an identity."""

    actions: tuple[str, ...]
    resource: str = ""
    principal: tuple[str, str] | None = None


def trusts(service: str) -> str:
    """Condition: a role's trust policy lets exactly that AWS service assume it."""
    return grants(
        "assume_role_policy", PolicyGrant(("sts:AssumeRole",), principal=("Service", service))
    )


def grants(policy: str, *allowed: PolicyGrant) -> str:
    """Condition: a policy (JSON text, in whatever form and statements) allows this, nothing else.

    No two of ``allowed`` have both resource and principal in common.
    """
    meant = " || ".join(f"({_statement_is(each)})" for each in allowed)
    others = f"length({_statements(policy)} | [?!({meant})]) == `0`"
    return " && ".join([others, *(grants_as_well(policy, each) for each in allowed)])


def grants_as_well(policy: str, allowed: PolicyGrant) -> str:
    """Condition: a policy allows this with its resource and principal, others whatever."""
    found = f"sort({_statements(policy)} | [?{_statement_is(allowed)}].Action[])"
    return f"{found} == `{json.dumps(sorted(allowed.actions))}`"


def _statements(policy: str) -> str:
    return f"[from_json({policy}).Statement][]"


def _statement_is(allowed: PolicyGrant) -> str:
    parts = ["Effect == 'Allow'", "!NotAction", "!NotResource", "!NotPrincipal", "!Condition"]
    resource = f"[Resource][] == `{json.dumps([allowed.resource])}`"
    parts.append(resource if allowed.resource else "!Resource")
    if allowed.principal is None:
        return " && ".join([*parts, "!Principal"])
    kind, name = allowed.principal
    whom = (json.dumps({kind: each}) for each in (name, [name]))
    return " && ".join([*parts, f"({' || '.join(f'Principal == `{each}`' for each in whom)})"])


def address(type: str, condition: str = "") -> str:
    """Expression: the address of the first planned resource of a type whose values meet it."""
    met = f" && (values | ({condition}))" if condition else ""
    return f"({_RESOURCES}[?type=='{type}'{met}] | [0].address)"


def leads(type: str, argument: str, to: str, *, of: str = "") -> Check:
    """An argument of a resource refers to the one at an address.

    ``of``: the address of the resource that refers, an expression as ``to`` is; every one of the
    type where it is "". ``argument``: the way in ``configuration``, with each block's index.
    """
    place = f"expressions.{argument}.references"
    referring = f"configuration.root_module.resources[?type=='{type}']"
    if not of:
        referred = f"{referring}.{place}[]"
        return plan(f"{to} && length({referring}) > `0` && contains({referred} || `[]`, {to})")
    pairs = ", ".join(f"[address, {place}[{number}]]" for number in range(_MOST_REFERENCES))
    return plan(f"{of} && {to} && contains({referring}.[{pairs}][], [{of}, {to}])")


def raw(text: str) -> str:
    """A text as a JMESPath raw string."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
