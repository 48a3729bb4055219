"""Flags of instructions: which there are, and what they may be (BuildKit's bflag.go)."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Set

from rewardsvc.formats.dockerfile.source import Rule, literal
from rewardsvc.formats.dockerfile.syntax import Instruction

_TEXTS: Mapping[str, Set[str]] = {
    "FROM": {"platform"},
    "RUN": {"mount", "network", "security", "device"},
    "COPY": {"from", "chown", "chmod", "exclude"},
    "ADD": {"chown", "chmod", "checksum", "exclude"},
    "HEALTHCHECK": {"interval", "timeout", "start-period", "start-interval", "retries"},
}
_TRUTHS: Mapping[str, Set[str]] = {
    "COPY": {"link", "parents"},
    "ADD": {"link", "keep-git-dir", "unpack"},
}
_REPEATED = frozenset({"mount", "exclude", "device"})
_NOT_PARSED = frozenset({"ARG", "STOPSIGNAL", "ONBUILD", "MAINTAINER"})
"""Instructions whose flags BuildKit does not look at, or that are another instruction's."""

_LEFT = re.compile(r"--(?P<name>[^\s=]+)")

_DURATION = re.compile(r"[-+]?(?:(?:\d++\.?\d*+|\.\d++)(?:ns|us|µs|μs|ms|s|m|h))+|[-+]?0")
_SMALL = re.compile(r"[-+]?[\d.]+(?:ns|us|µs|μs)")
_OCTAL = re.compile(r"(?:0o?)?[0-7]{1,4}")
_SYMBOLIC = re.compile(r"[ugoa]*(?:[-+=][rwxXstugo]*)+(?:,[ugoa]*(?:[-+=][rwxXstugo]*)+)*")
_CHECKSUM = re.compile(r"[a-z0-9]+:[0-9a-fA-F]{32,}|[0-9a-fA-F]{7,64}")
_PLATFORM_PART = re.compile(r"[A-Za-z0-9_.-]+(?:\([^()]*\))?")
_OS_OR_ARCHITECTURE = frozenset(
    {"linux", "windows", "darwin", "freebsd", "openbsd", "netbsd", "solaris", "macos", "local"}
    | {"aix", "android", "dragonfly", "illumos", "ios", "js", "plan9", "wasip1", "hurd", "nacl"}
    | {"386", "amd64", "arm", "arm64", "armbe", "arm64be", "i386", "x86_64", "x86-64", "aarch64"}
    | {"armhf", "armel", "ppc64", "ppc64le", "mips", "mipsle", "mips64", "mips64le", "mips64p32"}
    | {"mips64p32le", "loong64", "ppc", "riscv", "riscv64", "s390", "s390x", "sparc", "sparc64"}
    | {"amd64p32", "wasm", "zos"}
)
"""One word for a platform is one of these (containerd/platforms, database.go)."""


def unknown(instruction: Instruction) -> Iterator[str]:
    """A flag that the instruction does not have."""
    name = instruction.name
    known = _TEXTS.get(name, frozenset()) | _TRUTHS.get(name, frozenset())
    if name in _NOT_PARSED or (name == "HEALTHCHECK" and instruction.rest.upper() == "NONE"):
        return
    left = _LEFT.match(instruction.rest)
    names = [flag for flag, _ in instruction.flags] + ([left["name"]] if left else [])
    for flag in names:
        if flag not in known:
            yield f"there is no flag --{flag}"


def without_value(instruction: Instruction) -> Iterator[str]:
    """``--chmod 755``: the value is behind an equals sign."""
    for flag, value in instruction.flags:
        if value is None and flag in _TEXTS.get(instruction.name, ()):
            yield f"missing a value on flag --{flag}: it is --{flag}=…, without a blank"
        elif value == "" and flag in _TRUTHS.get(instruction.name, ()):
            yield f"missing a value on flag --{flag}"


def no_truth(instruction: Instruction) -> Iterator[str]:
    """``--link=yes``: true or false."""
    for flag, value in instruction.flags:
        known = flag in _TRUTHS.get(instruction.name, ())
        if known and value and value.lower() not in {"true", "false"}:
            yield f"--{flag}={value}: expected true or false"


def twice(instruction: Instruction) -> Iterator[str]:
    """A flag that is given once is given once."""
    for flag, count in Counter(flag for flag, _ in instruction.flags).items():
        if count > 1 and flag not in _REPEATED and flag in _TEXTS.get(instruction.name, ()):
            yield f"--{flag} is given {count} times"


def values(flag: str, good: Callable[[str], bool], expected: str) -> Rule:
    """The value of a flag that no variable decides is one that BuildKit reads."""

    def rule(instruction: Instruction) -> Iterator[str]:
        for value in instruction.flag(flag):
            if value and literal(value) and not good(value):
                yield f"--{flag}={value}: expected {expected}"

    return rule


def durations(instruction: Instruction) -> Iterator[str]:
    """Go's durations, of a millisecond at least; ``30`` has no unit."""
    for flag in ("interval", "timeout", "start-period", "start-interval"):
        for value in instruction.flag(flag):
            if not literal(value) or not value:
                continue
            if not _DURATION.fullmatch(value):
                yield f"--{flag}={value}: expected a duration with its unit, as 30s or 1m30s"
            elif value.startswith("-") or _too_short(value):
                yield f"--{flag}={value}: it cannot be less than 1ms"


def _too_short(value: str) -> bool:
    if not _SMALL.fullmatch(value):
        return False
    number = float(re.sub(r"[^\d.]", "", value) or 0)
    return 0 < number < (1_000_000 if value.endswith("ns") else 1000)


def is_mode(value: str) -> bool:
    """An octal mode, or a symbolic one (``u=rwX,go=rX``, since Dockerfile 1.14)."""
    return bool(_OCTAL.fullmatch(value) or _SYMBOLIC.fullmatch(value))


def is_checksum(value: str) -> bool:
    """A digest, or the commit of a git repository."""
    return bool(_CHECKSUM.fullmatch(value))


def is_count(value: str) -> bool:
    """A number that is not negative and has 31 bits."""
    return bool(re.fullmatch(r"\+?\d{1,10}", value)) and int(value) < 2**31


def is_platform(value: str) -> bool:
    """``os/architecture/variant``; one word alone is a known one."""
    parts = value.split("/")
    if len(parts) > 3 or not all(map(_PLATFORM_PART.fullmatch, parts)):
        return False
    return len(parts) > 1 or parts[0].partition("(")[0].lower() in _OS_OR_ARCHITECTURE


def checksum_of_local(instruction: Instruction) -> Iterator[str]:
    """What comes from the build's context has no checksum."""
    if instruction.flag("checksum") and literal(instruction.rest):
        words = instruction.words or instruction.rest.split()
        for word in words[:-1]:
            if not re.match(r"(?:https?|git|ssh)://|git@|<<|[\w.-]+@", word):
                yield f"--checksum is for what is downloaded, and {word} is not"
