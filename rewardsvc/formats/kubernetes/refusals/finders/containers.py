"""What the API server refuses of containers together with what stands beside it in them."""

from collections.abc import Iterator
from typing import Any

from rewardsvc.formats.kubernetes.manifests import mapping, sequence
from rewardsvc.formats.kubernetes.refusals.rules import (
    Problem,
)
from rewardsvc.formats.kubernetes.refusals.values import (
    plain,
)

PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def container_names(spec: Any) -> Iterator[Problem]:
    """Names that containers of a pod share."""
    seen: set[str] = set()
    for group in ("initContainers", "containers", "ephemeralContainers"):
        for index, container in enumerate(sequence(mapping(spec).get(group))):
            name = plain(mapping(container).get("name"))
            if name and name in seen:
                yield (group, index, "name"), f"two containers of the name {name!r}"
            seen |= {name} if name else set()


def host_ports(spec: Any) -> Iterator[Problem]:
    """One port of the node is one container's."""
    seen: set[tuple[Any, ...]] = set()
    for index, container in enumerate(sequence(mapping(spec).get("containers"))):
        for place, each in enumerate(sequence(mapping(container).get("ports"))):
            found = mapping(each)
            asked = (found.get("hostPort"), found.get("protocol", "TCP"), found.get("hostIP", ""))
            if type(asked[0]) is not int or not all(isinstance(x, str) for x in asked[1:]):
                continue
            if asked in seen:
                yield ("containers", index, "ports", place, "hostPort"), f"{asked[0]} is taken"
            seen.add(asked)


def on_host_network(spec: Any) -> Iterator[Problem]:
    """Ports of the node that are not the container's own."""
    if mapping(spec).get("hostNetwork") is not True:
        return
    for index, container in enumerate(sequence(mapping(spec).get("containers"))):
        for place, each in enumerate(sequence(mapping(container).get("ports"))):
            host, own = mapping(each).get("hostPort"), mapping(each).get("containerPort")
            if type(host) is int and host and type(own) is int and host != own:
                words = f"{host} is not the containerPort, {own}, though hostNetwork is true"
                yield ("containers", index, "ports", place, "hostPort"), words


def only_as_sidecar(container: Any) -> Iterator[Problem]:
    """Probes and hooks of a container that runs first and ends."""
    body = mapping(container)
    if body.get("restartPolicy") != "Always":
        for key in ("lifecycle", *PROBES):
            if body.get(key) is not None:
                words = "an init container may have it only with restartPolicy: Always"
                yield (key,), words


def without_image(container: Any) -> Iterator[Problem]:
    """No image, or blanks around it."""
    body = mapping(container)
    image = body.get("image")
    if body and (image is None or image == ""):
        yield ("image",), "a container needs an image"
    elif isinstance(image, str) and image != image.strip():
        yield ("image",), f"{image!r} begins or ends with a blank"


def variable(entry: Any) -> Iterator[Problem]:
    """A name that no variable can have."""
    name = mapping(entry).get("name")
    if name == "":
        yield ("name",), "a variable needs a name"
    elif isinstance(name, str) and ("=" in name or not name.isascii() or not name.isprintable()):
        yield ("name",), f"{name!r}: a variable's name has printable ASCII characters and no ="


def value_and_source(entry: Any) -> Iterator[Problem]:
    """A value beside a place to take it from."""
    if mapping(entry).get("value") and mapping(entry).get("valueFrom") is not None:
        yield ("valueFrom",), "value and valueFrom exclude each other"


def field_path(value: Any) -> Iterator[Problem]:
    """A field that the downward API does not have."""
    text = plain(value)
    if text is None or text in _FIELDS:
        return
    if text.startswith(("metadata.labels['", "metadata.annotations['")) and text.endswith("']"):
        return
    yield (), f"{text!r} is no field that a variable can have"


_FIELDS = frozenset(
    {"metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "status.hostIP"}
    | {"spec.serviceAccountName", "status.hostIPs", "status.podIP", "status.podIPs"}
)


def resource_name(value: Any) -> Iterator[Problem]:
    """A resource of one's own needs a domain before it."""
    text = plain(value)
    if text is None or "/" in text or text in _RESOURCES or text.startswith("hugepages-"):
        return
    yield (), f"{text!r} is no resource of a container; a device is DOMAIN/NAME"


_RESOURCES = frozenset({"cpu", "memory", "ephemeral-storage"})


def huge_pages(resources: Any) -> Iterator[Problem]:
    """Huge pages without cpu or memory beside them."""
    for group in ("limits", "requests"):
        names = [str(name) for name in mapping(mapping(resources).get(group))]
        huge = [name for name in names if name.startswith("hugepages-")]
        given = {*mapping(mapping(resources).get("limits"))} | {
            *mapping(mapping(resources).get("requests"))
        }
        if huge and not given & {"cpu", "memory"}:
            yield (group, huge[0]), "huge pages need cpu or memory beside them"
            return


def rights(context: Any) -> Iterator[Problem]:
    """Escalation that is forbidden to a container with rights that include it."""
    body = mapping(context)
    if body.get("allowPrivilegeEscalation") is not False:
        return
    if body.get("privileged") is True:
        words = "cannot be false where privileged is true"
        yield ("allowPrivilegeEscalation",), words
    elif "CAP_SYS_ADMIN" in sequence(mapping(body.get("capabilities")).get("add")):
        words = "cannot be false where capabilities add CAP_SYS_ADMIN"
        yield ("allowPrivilegeEscalation",), words


def both_ways(container: Any) -> Iterator[Problem]:
    """Mounts that a container without privileges would hand on."""
    privileged = mapping(mapping(container).get("securityContext")).get("privileged")
    for index, mount in enumerate(sequence(mapping(container).get("volumeMounts"))):
        if mapping(mount).get("mountPropagation") == "Bidirectional" and privileged is not True:
            words = "Bidirectional is for privileged containers only"
            yield ("volumeMounts", index, "mountPropagation"), words
