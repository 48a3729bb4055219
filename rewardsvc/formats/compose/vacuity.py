"""Whether anything runs when a Compose file is brought up."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rewardsvc.formats.dockerfile.shell import argv_does_something, does_something
from rewardsvc.types import JsonValue

_BARE = frozenset({"alpine", "bash", "busybox", "debian", "fedora", "ubuntu"})
"""Images that only do what they are told to."""

_NOTHING = frozenset({"scratch", "hello-world"})


def vacuous(documents: Sequence[JsonValue]) -> str:
    """Why nothing of substance runs, "" where something does."""
    services = [service for document in documents for service in _services(document)]
    if not services:
        return "there is no service in it"
    made = [service for service in services if _is_made(service)]
    if not made:
        return "no service has an image or a build, or all are scaled to 0"
    if all(_is_idle(service) for service in made):
        return "every service does nothing and ends"
    profiles = {name for service in made for name in _profiles(service)}
    if len(profiles) == 1 and all(_profiles(service) for service in made):
        return f"nothing starts: every service is behind the profile {next(iter(profiles))!r}"
    return ""


def live(document: JsonValue) -> JsonValue:
    """The file without the services that are off: what checks see must be what runs."""
    services = document.get("services") if isinstance(document, dict) else None
    if not isinstance(services, dict):
        return document
    running = {name: service for name, service in services.items() if not _is_off(service)}
    return {**document, "services": running}


def replicas(service: Mapping[str, Any]) -> JsonValue:
    """How many containers ``deploy`` asks for, None where it does not say."""
    deploy = service.get("deploy")
    return deploy.get("replicas") if isinstance(deploy, dict) else None


def _services(document: JsonValue) -> Iterator[dict[str, Any]]:
    services = document.get("services") if isinstance(document, dict) else None
    if isinstance(services, dict):
        yield from (service for service in services.values() if isinstance(service, dict))


def _profiles(service: Mapping[str, Any]) -> list[str]:
    profiles = service.get("profiles")
    return (
        [name for name in profiles if isinstance(name, str)] if isinstance(profiles, list) else []
    )


def _is_made(service: Mapping[str, Any]) -> bool:
    named = any(service.get(key) for key in ("image", "build", "extends", "provider"))
    return named and not _is_off(service)


def _is_off(service: JsonValue) -> bool:
    """Whether a service is scaled to nothing; the specification takes the number as text, too."""
    if not isinstance(service, dict):
        return False
    counts = (service.get("scale"), replicas(service))
    return any(type(count) in {int, str} and str(count).strip() == "0" for count in counts)


def _is_idle(service: Mapping[str, Any]) -> bool:
    """A bare image that is told to do nothing, and has nothing that somebody else may use."""
    if service.get("build") or service.get("extends") or service.get("provider"):
        return False
    # registry/name:tag@digest
    image = str(service.get("image")).partition("@")[0].rpartition("/")[2].partition(":")[0]
    if image in _NOTHING:
        return True
    lent = any(service.get(key) for key in ("volumes", "tty", "stdin_open", "ports"))
    if image not in _BARE or lent:
        return False
    told = [service[key] for key in ("entrypoint", "command") if service.get(key)]
    return not _acts([word for each in told for word in _words(each)])


def _words(command: JsonValue) -> list[str]:
    if isinstance(command, list):
        return [str(word) for word in command]
    try:
        return shlex.split(str(command))
    except ValueError:
        return [str(command)]


def _acts(words: Sequence[str]) -> bool:
    if len(words) >= 2 and words[:2] == ["tail", "-f"]:
        return False
    if len(words) == 1:
        return does_something(words[0])
    return argv_does_something(words)
