"""Values of services that Compose or the engine cannot read, or that contradict each other."""

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping, Set
from typing import Any

from rewardsvc.formats.compose.project import Path, Problem, Service, listed, plain
from rewardsvc.verification.yaml_files import placed

Rule = Callable[[Service], Iterator[Problem]]

_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?(?:([kmgtp])(?:i?b)?|b)?", re.IGNORECASE)
"""docker/go-units ``RAMInBytes``."""

_DURATION = re.compile(r"-?(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h|d|w))+|0")
"""Go's ``time.ParseDuration``; days and weeks as compose-go's ``types.Duration`` has them."""

MAX_PORT = 65_535
_PORTS = re.compile(r"\d+(?:-\d+)?(?:/(?:tcp|udp|sctp))?", re.IGNORECASE)
_LEAST_MEMORY = 6 * 1024**2
_PART = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_PART}(?:/{_PART})*")
_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
_DIGEST = re.compile(r"[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}")


def one_of(path: Path, known: Set[str], *, also: str = "") -> Rule:
    """The text at a path is one of these, or matches ``also``."""

    def problems(service: Service) -> Iterator[Problem]:
        for place, value in _at(service, path):
            text = plain(value)
            if text is None or text in known or (also and re.fullmatch(also, text)):
                continue
            yield place, f"{text!r} is not one of {', '.join(sorted(known))}"

    return problems


def matching(path: Path, pattern: str, what: str) -> Rule:
    """The text at a path matches a pattern; ``what`` says what it is to be."""

    def problems(service: Service) -> Iterator[Problem]:
        for place, value in _at(service, path):
            text = plain(value)
            if text is not None and not re.fullmatch(pattern, text):
                yield place, f"{text!r} is no {what}"

    return problems


def sizes(*keys: str) -> Rule:
    """Amounts of memory: ``512m``, ``1gb``, ``1048576``."""

    def problems(service: Service) -> Iterator[Problem]:
        for key in keys:
            for place, value in _at(service, tuple(key.split("."))):
                text = plain(value)
                if text is not None and text not in {"-1", ""} and bytes_of(text) is None:
                    yield place, f"{text!r} is no size, as 512m or 2gb are"

    return problems


def durations(*keys: str) -> Rule:
    """Times: ``90s``, ``1m30s``."""

    def problems(service: Service) -> Iterator[Problem]:
        for key in keys:
            for place, value in _at(service, tuple(key.split("."))):
                text = plain(value)
                if text is not None and not _DURATION.fullmatch(text):
                    yield place, f"{text!r} is no duration, as 90s or 1m30s are"

    return problems


def between(path: Path, least: float, most: float) -> Rule:
    """A number at a path lies in a range."""

    def problems(service: Service) -> Iterator[Problem]:
        for place, value in _at(service, path):
            number = number_of(value)
            if number is not None and not least <= number <= most:
                yield place, f"{number:g} is not between {least:g} and {most:g}"

    return problems


def distinct(key: str, other: Path, read: Callable[[Any], float | None]) -> Rule:
    """What is said in two places is said alike."""

    def problems(service: Service) -> Iterator[Problem]:
        one, two = read(service.at(key)), read(service.at(*other))
        if one and two and one != two:
            yield (key,), f"{key} and {'.'.join(map(str, other))} have distinct values"

    return problems


def healthcheck_test(service: Service) -> Iterator[Problem]:
    """A list begins with how it is to be run."""
    test = service.at("healthcheck", "test")
    if isinstance(test, list) and test and plain(test[0]) not in {None, "CMD", "CMD-SHELL", "NONE"}:
        yield ("healthcheck", "test", 0), f"begins with {test[0]!r}, not CMD, CMD-SHELL or NONE"


def device_requests(service: Service) -> Iterator[Problem]:
    """So many devices, or these."""
    for path in (("deploy", "resources", "reservations", "devices"), ("gpus",)):
        devices = service.at(*path)
        for index, device in enumerate(devices if isinstance(devices, list) else ()):
            if isinstance(device, dict) and device.get("count") and device.get("device_ids"):
                yield (*path, index, "count"), "count and device_ids exclude each other"


def device_counts(service: Service) -> Iterator[Problem]:
    """A number of devices, or all."""
    for path in (("deploy", "resources", "reservations", "devices"), ("gpus",)):
        devices = service.at(*path)
        for index, device in enumerate(devices if isinstance(devices, list) else ()):
            count = plain(device.get("count")) if isinstance(device, dict) else None
            if count is not None and count != "all" and not re.fullmatch(r"-?\d+", count):
                yield (*path, index, "count"), f"{count!r} is neither a number nor all"


def mounted_twice(service: Service) -> Iterator[Problem]:
    """Each place in a container is mounted once; a volume without a source gives way."""
    seen: set[str] = set()
    for index, entry in enumerate(listed(service.at("volumes"))):
        target = target_of(entry)
        sourced = entry.get("source") if isinstance(entry, dict) else ":" in str(entry)
        if target is None or not sourced:
            continue
        target = target.rstrip("/") or "/"
        if target in seen:
            yield ("volumes", index), f"{target} is mounted twice"
        seen.add(target)


def relative_target(service: Service) -> Iterator[Problem]:
    """Where a volume is mounted is an absolute path."""
    for index, entry in enumerate(listed(service.at("volumes"))):
        target = target_of(entry)
        if target is not None and not target.startswith("/") and ":\\" not in target:
            yield ("volumes", index), f"{target!r} is no absolute path in a container"


def target_of(entry: Any) -> str | None:
    """Where a volume is mounted; None where a variable decides, or it has no short form."""
    if isinstance(entry, dict):
        return plain(entry.get("target"))
    text = plain(entry)
    if text is None or ":\\" in text or (":/" not in text and ":" in text and "\\" in text):
        return None
    parts = text.split(":")
    return parts[0] if len(parts) == 1 else parts[1]


def host_addresses(service: Service) -> Iterator[Problem]:
    """A port is published on an address of the host."""
    for index, entry in enumerate(listed(service.at("ports"))):
        address = plain(entry.get("host_ip")) if isinstance(entry, dict) else None
        if address and not _is_address(address):
            yield ("ports", index, "host_ip"), f"host_ip {address!r} is no address"


def exposed_ports(service: Service) -> Iterator[Problem]:
    """``expose`` has ports of the container alone."""
    for index, entry in enumerate(listed(service.at("expose"))):
        text = plain(entry)
        if text is None:
            continue
        ports = [int(part[:9]) for part in re.findall(r"\d+", text)]
        if not _PORTS.fullmatch(text) or max(ports) > MAX_PORT or ports != sorted(ports):
            yield ("expose", index), f"{text!r} is no port of a container"


def mount_sources(service: Service) -> Iterator[Problem]:
    """What is bound is somewhere on the host, and what is in memory is nowhere."""
    for index, entry in enumerate(listed(service.at("volumes"))):
        kind = entry.get("type") if isinstance(entry, dict) else None
        source = entry.get("source") if isinstance(entry, dict) else None
        if kind == "bind" and not source:
            yield ("volumes", index), "a mount of type bind has a source"
        elif kind == "tmpfs" and source:
            yield ("volumes", index, "source"), "a mount of type tmpfs has no source"


def own_addresses(service: Service) -> Iterator[Problem]:
    """Addresses in networks are addresses, of their family."""
    networks = service.at("networks")
    for name, joined in networks.items() if isinstance(networks, dict) else ():
        for key, version in (("ipv4_address", 4), ("ipv6_address", 6)):
            text = plain(joined.get(key)) if isinstance(joined, dict) else None
            if text and not _is_address(text, version):
                yield ("networks", name, key), f"{text!r} is no IPv{version} address"


def name_servers(service: Service) -> Iterator[Problem]:
    """Name servers are addresses."""
    for path, entry in placed(service.at("dns")):
        text = plain(entry)
        if text and not _is_address(text):
            yield ("dns", *path), f"{text!r} is no address"


def extra_hosts(service: Service) -> Iterator[Problem]:
    """``name:address`` or ``name=address``, or ``host-gateway`` for the address."""
    hosts = service.at("extra_hosts")
    pairs: list[tuple[Path, str, Any]] = []
    if isinstance(hosts, dict):
        pairs = [((name,), name, each) for name, value in hosts.items() for each in listed(value)]
    for index, entry in enumerate(hosts if isinstance(hosts, list) else ()):
        text = plain(entry)
        if text is None:
            continue
        name, mark, address = text.partition("=" if "=" in text else ":")
        if not mark or not name:
            yield ("extra_hosts", index), f"{text!r} is not name:address"
            continue
        pairs.append(((index,), name, address))
    for path, name, value in pairs:
        text = plain(value)
        if text is not None and text != "host-gateway" and not _is_address(text.strip("[]")):
            yield ("extra_hosts", *path), f"{name}: {text!r} is no address"


def ulimits(service: Service) -> Iterator[Problem]:
    """A soft limit is at most the hard one."""
    limits = service.at("ulimits")
    for name, limit in limits.items() if isinstance(limits, dict) else ():
        if not isinstance(limit, dict):
            continue
        soft, hard = number_of(limit.get("soft")), number_of(limit.get("hard"))
        if soft is not None and hard is not None and 0 <= hard < soft:
            yield (
                ("ulimits", name, "soft"),
                f"the soft limit {soft:g} is above the hard one, {hard:g}",
            )


def memory(service: Service) -> Iterator[Problem]:
    """Limits of memory that no container can have, or that contradict each other."""
    limit = bytes_of(service.at("mem_limit"))
    if limit and limit < _LEAST_MEMORY:
        yield ("mem_limit",), "a container needs 6 MB at least"
    reserved = bytes_of(service.at("mem_reservation"))
    if limit and reserved and reserved > limit:
        yield ("mem_reservation",), "more is reserved than mem_limit allows"
    swap = service.at("memswap_limit")
    if limit and plain(swap) not in {None, "-1", "0"} and (bytes_of(swap) or limit) < limit:
        yield ("memswap_limit",), "it is below mem_limit, which it includes"


def image_reference(service: Service) -> Iterator[Problem]:
    """``[registry/]repository[:tag][@digest]`` (distribution/reference)."""
    image = plain(service.at("image"))
    if not image:
        return
    name, at, digest = image.partition("@")
    tagged = ":" in name.rpartition("/")[2]
    repository, _, tag = name.rpartition(":") if tagged else (name, "", "")
    first, slash, rest = repository.partition("/")
    registry = slash and (set(".:") & set(first) or first == "localhost" or first != first.lower())
    path = rest if registry else repository
    if path != path.lower():
        yield ("image",), f"{image!r}: a repository is written in lower case"
    elif not _REPOSITORY.fullmatch(path):
        yield ("image",), f"{image!r} is no reference to an image"
    elif tagged and not _TAG.fullmatch(tag):
        yield ("image",), f"{tag!r} is no tag"
    elif at and not _DIGEST.fullmatch(digest):
        yield ("image",), f"{digest!r} is no digest"


def build_platforms(service: Service) -> Iterator[Problem]:
    """What is run is among what is built."""
    platform, platforms = plain(service.at("platform")), service.at("build", "platforms")
    known = [plain(each) for each in platforms] if isinstance(platforms, list) else []
    if platform and known and None not in known and platform not in known:
        yield ("build", "platforms"), f"does not have the service's platform, {platform!r}"


def dockerfile_twice(service: Service) -> Iterator[Problem]:
    """A Dockerfile is a file or stands here."""
    build = service.at("build")
    if isinstance(build, dict) and build.get("dockerfile") and build.get("dockerfile_inline"):
        yield ("build", "dockerfile"), "dockerfile and dockerfile_inline exclude each other"


def watch_targets(service: Service) -> Iterator[Problem]:
    """What is synchronised goes somewhere."""
    for index, watch in enumerate(service.at("develop", "watch") or ()):
        if not isinstance(watch, dict):
            continue
        action = plain(watch.get("action"))
        if action in {"sync", "sync+restart", "sync+exec"} and not watch.get("target"):
            yield ("develop", "watch", index), f"the action {action} needs a target"
        if watch.get("path") == "":
            yield ("develop", "watch", index, "path"), "the path is empty"


def environment(service: Service) -> Iterator[Problem]:
    """A variable has a name."""
    for index, entry in enumerate(listed(service.at("environment"))):
        if isinstance(entry, str) and entry.startswith("="):
            yield ("environment", index), f"{entry!r} has no name"


def number_of(value: Any) -> float | None:
    """A number, also one that is written as a text."""
    text = plain(value)
    if text is None or not re.fullmatch(r"-?\d{1,15}(?:\.\d{1,9})?", text):
        return None
    return float(text)


def bytes_of(value: Any) -> float | None:
    """A size in bytes."""
    text = plain(value)
    match = _SIZE.fullmatch(text) if text is not None else None
    if match is None:
        return None
    power = " kmgtp".index((match[2] or " ").lower())
    return float(match[1]) * float(1024**power)


def _at(service: Service, path: Path) -> Iterator[tuple[Path, Any]]:
    """The value at a path, with its place; of ``*`` every entry or item."""
    found: list[tuple[Path, Any]] = [((), service.values)]
    for part in path:
        step: list[tuple[Path, Any]] = []
        for place, value in found:
            if part == "*":
                step += [((*place, key), inner) for key, inner in _entries(value)]
            elif isinstance(value, Mapping) and part in value:
                step.append(((*place, part), value[part]))
        found = step
    yield from ((place, value) for place, value in found if value is not None)


def _entries(value: Any) -> list[tuple[str | int, Any]]:
    if isinstance(value, Mapping):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def _is_address(text: str, version: int | None = None) -> bool:
    try:
        return ipaddress.ip_address(text).version in ({version} if version else {4, 6})
    except ValueError:
        return False
