"""Quantities (``500m``, ``2Gi``) as numbers, and what containers ask for against their limits.

Rules: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ and
https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/. An API server
rejects what is said here, whatever the cluster holds.

Not ``parse_quantity`` of Kubernetes' own client: it takes ``1K``, ``1_000`` and ``NaN``, which no
API server does.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from rewardsvc.formats.kubernetes.manifests import mapping
from rewardsvc.types import JsonValue

_SUFFIXES: Mapping[str, Decimal] = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate("kMGTPE", 1)},
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGTPE", 1)},
}
_QUANTITY = re.compile(
    r"([+-]?[0-9]{1,30}(?:\.[0-9]{0,30})?|[+-]?\.[0-9]{1,30})"
    r"(?:[eE]([+-]?[0-9]{1,2})|([numkMGTPE]|[KMGTPE]i)?)"
)

_MAX_BITS = 128
"""Quantities end at 2^63 - 1; Python refuses to write out numbers of thousands of digits."""


def amount(value: JsonValue) -> Decimal | None:
    """A quantity as a number; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, int) and value.bit_length() > _MAX_BITS:
        return None
    match = _QUANTITY.fullmatch(str(value))
    if match is None:
        return None
    number, exponent, suffix = match.groups()
    if exponent:
        return Decimal(number).scaleb(int(exponent))
    return Decimal(number) * _SUFFIXES[suffix or ""]


def complaints(resources: JsonValue) -> Iterator[tuple[tuple[str, str], str]]:
    """What is wrong with a container's ``resources``: the place inside of it, and why."""
    limits = mapping(mapping(resources).get("limits"))
    requests = mapping(mapping(resources).get("requests"))
    for name, asked in requests.items():
        request = amount(asked)
        if request is None:
            yield ("requests", name), f"{asked!r} is no quantity of {name}"
            continue
        limit = amount(limits.get(name))
        exact = _is_extended(name) or name.startswith("hugepages-")
        if exact and name not in limits:
            why = f"{name} is requested and not limited: it needs a limit of the same amount"
            yield ("requests", name), why
        elif limit is not None and exact and request != limit:
            why = f"{asked} {name} are requested and {limits[name]} are the limit: they must agree"
            yield ("requests", name), why
        elif limit is not None and request > limit:
            yield ("requests", name), f"{asked} of {name} are requested, more than {limits[name]}"
    for name, given in limits.items():
        limit = amount(given)
        if limit is None:
            yield ("limits", name), f"{given!r} is no quantity of {name}"
        elif _is_extended(name) and limit != limit.to_integral_value():
            yield ("limits", name), f"{given} {name}: a device is given as a whole"


def _is_extended(name: str) -> bool:
    """Devices such as ``nvidia.com/gpu``: of somebody's domain, and not of Kubernetes' own."""
    domain, slash, _ = name.partition("/")
    return bool(slash) and domain != "kubernetes.io" and not domain.endswith(".kubernetes.io")


def requested(resources: JsonValue, name: str) -> Any:
    """What a container asks for: its request, else its limit, else None."""
    requests, limits = (mapping(mapping(resources).get(key)) for key in ("requests", "limits"))
    return requests.get(name, limits.get(name))
