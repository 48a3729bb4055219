"""Checks of single values that rows of every area share: texts, numbers, one of several keys."""

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from rewardsvc.formats.kubernetes.quantities import amount
from rewardsvc.formats.kubernetes.refusals.rules import Check, Problem

_TEMPLATED = re.compile(r"\{\{|\$\{|\$\(|<[*A-Za-z_]|%[({]")

_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(?:\.{_LABEL})*"
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?"

DNS_LABEL = (re.compile(_LABEL), 63, "a DNS-1123 label (lower-case letters, digits and -)")
DNS_SUBDOMAIN = (
    re.compile(_SUBDOMAIN),
    253,
    "a DNS-1123 subdomain (lower-case letters, digits, - and .)",
)
DNS_1035 = (
    re.compile(r"[a-z](?:[a-z0-9-]*[a-z0-9])?"),
    63,
    "a DNS-1035 label (begins with a letter; lower-case letters, digits and -)",
)
LABEL_VALUE = (
    re.compile(rf"(?:{_NAME})?"),
    63,
    "a label's value (letters, digits, -, _ and ., a letter or digit at both ends)",
)
WILDCARD = (
    re.compile(rf"(?:\*\.)?{_SUBDOMAIN}"),
    253,
    "a host (a DNS-1123 subdomain, its first part may be *)",
)
CONFIG_KEY = (re.compile(r"(?!\.$|\.\.)[-._A-Za-z0-9]+"), 253, "a key (letters, digits, -, _, .)")
Form = tuple[re.Pattern[str], int, str]
"""What a text matches, how long it may be, and what that is called."""

_PORT_NAME = re.compile(r"(?!-)(?!.*--)[a-z0-9-]{1,15}(?<!-)")
_QUALIFIED = re.compile(_NAME)


def plain(value: Any) -> str | None:
    """A text as it is; None of one that a template still fills, and of all else."""
    return value if isinstance(value, str) and not _TEMPLATED.search(value) else None


def number(value: Any) -> int | None:
    """A whole number; None of all else."""
    return value if type(value) is int else None


def one_of(*known: str) -> Check:
    """One of these texts, in exact case."""
    allowed = frozenset(known)

    def check(value: Any) -> Iterator[Problem]:
        if isinstance(value, str) and value not in allowed and plain(value) is not None:
            yield (), f"{value!r} is not one of {', '.join(sorted(allowed - {''}))}"

    return check


def only(why: str, *known: str) -> Check:
    """One of these texts; ``why`` says for whom."""
    allowed = frozenset(known)

    def check(value: Any) -> Iterator[Problem]:
        if isinstance(value, str) and value not in allowed and plain(value) is not None:
            yield (), f"{value!r}: {why}"

    return check


def form(wanted: Form) -> Check:
    """A text of a form."""

    def check(value: Any) -> Iterator[Problem]:
        text = plain(value)
        if text is not None and (why := unlike(text, wanted)):
            yield (), why

    return check


def unlike(text: str, wanted: Form) -> str:
    """Why a text does not have a form, "" where it does."""
    pattern, most, called = wanted
    if len(text) > most:
        return f"{text[:40]!r}… has {len(text)} characters, more than {most}"
    return "" if pattern.fullmatch(text) else f"{text!r} is not {called}"


def keys_of(check: Check) -> Check:
    """A check of every key of a mapping."""

    def each(value: Any) -> Iterator[Problem]:
        for key in value if isinstance(value, dict) else ():
            yield from (((key, *path), words) for path, words in check(key))

    return each


def values_of(check: Check) -> Check:
    """A check of every value of a mapping or list."""

    def each(value: Any) -> Iterator[Problem]:
        for key, inner in entries(value):
            yield from (((key, *path), words) for path, words in check(inner))

    return each


def entries(value: Any) -> Iterable[tuple[str | int, Any]]:
    """Keys with values, or indexes with items."""
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def qualified(value: Any) -> Iterator[Problem]:
    """``[prefix/]name``: the prefix a DNS subdomain, the name of 63 characters at most."""
    text = plain(value)
    if text is None:
        return
    prefix, slash, name = text.rpartition("/")
    if len(name) > 63 or not _QUALIFIED.fullmatch(name):
        yield (), f"{text!r}: its name is not 1 to 63 letters, digits, -, _ or ."
    elif slash and unlike(prefix, DNS_SUBDOMAIN):
        yield (), f"{text!r}: its prefix is not {DNS_SUBDOMAIN[2]}"


def lower_qualified(value: Any) -> Iterator[Problem]:
    """As :func:`qualified`, whatever the case: keys of annotations."""
    return qualified(value.lower() if isinstance(value, str) else value)


def port_name(value: Any) -> Iterator[Problem]:
    """A name of a port as IANA has them."""
    text = plain(value)
    if text is None or text.isdecimal():
        return
    if len(text) > 15:
        yield (), f"{text!r} has {len(text)} characters: the name of a port has at most 15"
    elif not _PORT_NAME.fullmatch(text) or not re.search("[a-z]", text):
        yield (), f"{text!r} is no name of a port (lower-case letters, digits, single -)"


def port(value: Any) -> Iterator[Problem]:
    """A number of a port."""
    found = number(value)
    if found is not None and not 1 <= found <= 65535:
        yield (), f"{found} is no port: they go from 1 to 65535"


def port_or_name(value: Any) -> Iterator[Problem]:
    """A number or a name of a port."""
    yield from port(value)
    yield from port_name(value)


def between(least: int, most: int | None = None) -> Check:
    """A whole number from least to most."""

    def check(value: Any) -> Iterator[Problem]:
        found = number(value)
        if found is not None and found < least:
            yield (), f"{found} is less than {least}"
        elif found is not None and most is not None and found > most:
            yield (), f"{found} is more than {most}"

    return check


def exclusive(*keys: str, needed: bool = False, also: str = "") -> Check:
    """One of these keys at most, and where it is ``needed``, exactly one."""

    def check(value: Any) -> Iterator[Problem]:
        if not isinstance(value, dict):
            return
        given = [key for key in keys if value.get(key) is not None]
        if len(given) > 1:
            given = [key for key in value if key in given]  # in the file's order
            yield (given[-1],), f"{' and '.join(given)} exclude each other{also}"
        elif needed and not given:
            yield (), f"one of {', '.join(keys)} must be given"

    return check


def distinct(words: str, key: Callable[[Any], Any] | str) -> Check:
    """Items of a list that differ in what ``key`` reads of them; None is not compared.

    ``key``: the name of a text in each, or a function. ``words``: what is said of one that does
    not differ, with ``{}`` for what was read.
    """
    read = text_at(key) if isinstance(key, str) else key
    place = (key,) if isinstance(key, str) else ()

    def check(value: Any) -> Iterator[Problem]:
        seen = set()
        for index, item in enumerate(value if isinstance(value, list) else ()):
            found = read(item)
            if found is not None and found in seen:
                yield (index, *place), words.format(found)
            seen.add(found)

    return check


def text_at(name: str) -> Callable[[Any], str | None]:
    """Reads a text of a mapping."""
    return lambda item: plain(item.get(name)) if isinstance(item, dict) else None


def filled(what: str) -> Check:
    """A text or list or mapping that holds something."""

    def check(value: Any) -> Iterator[Problem]:
        if isinstance(value, str | list | dict) and not value:
            yield (), f"{what} must not be empty"

    return check


def requires(*keys: str) -> Check:
    """A mapping that has these keys, filled."""

    def check(value: Any) -> Iterator[Problem]:
        for key in keys if isinstance(value, dict) else ():
            if value.get(key) in (None, "", [], {}):
                yield (key,), "it must be given"

    return check


def forbids(why: str, *keys: str) -> Check:
    """A mapping without these keys."""

    def check(value: Any) -> Iterator[Problem]:
        for key in keys if isinstance(value, dict) else ():
            if value.get(key) not in (None, [], {}):
                yield (key,), why

    return check


def where(key: str, wanted: frozenset[Any], check: Check, *, otherwise: bool = False) -> Check:
    """A check of mappings whose key has one of these values, or with ``otherwise`` none of them."""

    def checked(value: Any) -> Iterable[Problem]:
        if not isinstance(value, dict):
            return ()
        found = value.get(key)
        known = isinstance(found, str | bool | int | None) and found in wanted
        return check(value) if known is not otherwise else ()

    return checked


def count_or_share(value: Any) -> Iterator[Problem]:
    """A number from 0, or a percentage."""
    text = plain(value)
    if text is not None and not re.fullmatch(r"[0-9]+%", text):
        yield (), f"{text!r} is neither a number nor a percentage, as 25% is"
    found = number(value)
    if found is not None and found < 0:
        yield (), f"{found} is less than 0"


def share(value: Any) -> float | None:
    """A count or a percentage as a number; None where it is neither."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,6}%", value):
        return float(value[:-1])
    return number(value)


def ip_address(value: Any) -> Iterator[Problem]:
    """An IPv4 or IPv6 address."""
    text = plain(value)
    if text is not None and not is_address(text):
        yield (), f"{text!r} is no IP address"


def is_address(text: str) -> bool:
    """Whether a text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def cidr(value: Any) -> Iterator[Problem]:
    """A block of addresses: ``10.0.0.0/8``."""
    text = plain(value)
    if text is not None and network(text) is None:
        yield (), f"{text!r} is no CIDR block, as 10.0.0.0/8 is"


def network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """A CIDR block, None where a text is none."""
    if not re.fullmatch(r".+/\d{1,3}", text):
        return None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def base64_text(value: Any) -> Iterator[Problem]:
    """Standard base64, with its padding; line breaks are passed over."""
    text = plain(value)
    if text is not None and decoded(text) is None:
        yield (), "is not base64 (stringData takes plain text)"


def decoded(text: str) -> bytes | None:
    """What base64 holds; None where a text is none."""
    try:
        return base64.b64decode(text.replace("\r", "").replace("\n", ""), validate=True)
    except (binascii.Error, ValueError):
        return None


def quantity(least: int | None = None) -> Check:
    """A quantity (``500m``, ``2Gi``); with ``least``, 0 for not negative and 1 for more than 0."""

    def check(value: Any) -> Iterator[Problem]:
        if isinstance(value, str) and plain(value) is None:
            return
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            return
        found = amount(value)
        if found is None:
            yield (), f"{value!r} is no quantity, as 500m and 2Gi are"
        elif least is not None and (found < 0 or (least and found == 0)):
            yield (), f"{value!r} must be {'more than 0' if least else '0 or more'}"

    return check


def absolute_path(value: Any) -> Iterator[Problem]:
    """A path that begins with a slash."""
    text = plain(value)
    if text is not None and not text.startswith("/"):
        yield (), f"{text!r} does not begin with /"


def without_steps_back(value: Any) -> Iterator[Problem]:
    """A path without ``..``."""
    text = plain(value)
    if text is not None and ".." in text.split("/"):
        yield (), f"{text!r} goes up with .."


def relative_path(value: Any) -> Iterator[Problem]:
    """A path inside of a volume."""
    text = plain(value)
    if text is not None and text.startswith("/"):
        yield (), f"{text!r} is not relative"
    yield from without_steps_back(value)


def all_of(*checks: Check) -> Check:
    """Several checks of one value."""

    def check(value: Any) -> Iterator[Problem]:
        for each in checks:
            yield from each(value)

    return check


def inside(key: str, check: Check) -> Check:
    """A check of what stands below a key."""

    def checked(value: Any) -> Iterator[Problem]:
        inner = value.get(key) if isinstance(value, dict) else None
        if inner is not None:
            yield from (((key, *path), words) for path, words in check(inner))

    return checked
