"""Whether what resources refer to by name is there: in the answer, or declared external.

A comment line ``# external: ConfigMap/settings, ServiceAccount/builder`` in any of the answer's
files declares what the cluster has already. What is neither there nor declared is a warning: it
may exist. A Secret is an info, because good practice keeps it out of manifests. A key that the
answer's own ConfigMap or Secret does not have is an error.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rewardsvc.formats.kubernetes.answer import Answer, Container, Path, Pod
from rewardsvc.formats.kubernetes.manifests import Manifest, mapping, sequence
from rewardsvc.types import Diagnostic

_GIVEN_ROLES = frozenset({"admin", "cluster-admin", "edit", "view"})
"""ClusterRoles that every cluster has, beside those that begin with ``system:``."""

_GIVEN: Mapping[str, frozenset[str]] = {
    "ServiceAccount": frozenset({"default"}),
    "ConfigMap": frozenset({"kube-root-ca.crt"}),
}


@dataclass(frozen=True, slots=True)
class Need:
    """A reference. ``key``: in the data of what is referred to, "" where it is all of it."""

    kind: str
    name: str
    path: Path
    key: str = ""
    optional: bool = False


def check_needs(answer: Answer) -> Iterator[Diagnostic]:
    """References that lead nowhere; each missing resource is told once."""
    told: set[tuple[str, str, str]] = set()
    for owner, namespace, need in _all_needs(answer):
        found = answer.find(need.kind, namespace, need.name)
        if found is not None:
            if need.key and not need.optional and not _has_key(found, need.key):
                message = f"{owner.called} takes the key {need.key!r} of {found.called}"
                message += ", which does not have it"
                yield owner.source.problem("key", message, need.path)
            continue
        wanted = (need.kind, namespace, need.name)
        if need.optional or wanted in told or _given(need, answer):
            continue
        told.add(wanted)
        severity: Literal["warning", "info"] = "info" if need.kind == "Secret" else "warning"
        message = f"{owner.called} needs {need.kind}/{need.name}, which is not in this answer"
        yield owner.source.problem("missing", message, need.path, severity)


def _given(need: Need, answer: Answer) -> bool:
    if need.kind == "ClusterRole" and (
        need.name in _GIVEN_ROLES or need.name.startswith("system:")
    ):
        return True
    given = _GIVEN.get(need.kind, frozenset())
    return need.name in given or (need.kind, need.name) in answer.external


def _has_key(found: Manifest, key: str) -> bool:
    fields = ("data", "binaryData", "stringData")
    return any(key in mapping(found.body.get(field)) for field in fields)


def _all_needs(answer: Answer) -> Iterator[tuple[Manifest, str, Need]]:
    for pod in answer.pods:
        for need in _of_pod(pod):
            yield pod.owner, pod.owner.namespace, need
    for binding in answer.of("RoleBinding", "ClusterRoleBinding"):
        role = mapping(binding.body.get("roleRef"))
        kind, name = role.get("kind"), role.get("name")
        if isinstance(kind, str) and isinstance(name, str):
            yield binding, binding.namespace, Need(kind, name, ("roleRef", "name"))
        for index, subject in enumerate(sequence(binding.body.get("subjects"))):
            account = mapping(subject)
            name = account.get("name")
            if account.get("kind") == "ServiceAccount" and isinstance(name, str):
                namespace = str(account.get("namespace", binding.namespace))
                where: Path = ("subjects", index, "name")
                yield binding, namespace, Need("ServiceAccount", name, where)
    for ingress in answer.of("Ingress"):
        for index, tls in enumerate(sequence(ingress.spec.get("tls"))):
            name = mapping(tls).get("secretName")
            if isinstance(name, str):
                where = ("spec", "tls", index, "secretName")
                yield ingress, ingress.namespace, Need("Secret", name, where)


def _of_pod(pod: Pod) -> Iterator[Need]:
    account = pod.spec.get("serviceAccountName")
    if isinstance(account, str) and account:
        yield Need("ServiceAccount", account, (*pod.path, "serviceAccountName"))
    for index, pull in enumerate(sequence(pod.spec.get("imagePullSecrets"))):
        yield from _named("Secret", pull, (*pod.path, "imagePullSecrets", index))
    for index, volume in enumerate(sequence(pod.spec.get("volumes"))):
        yield from _of_volume(mapping(volume), (*pod.path, "volumes", index))
    for container in pod.containers:
        yield from _of_container(container)


def _of_volume(volume: Mapping[str, Any], path: Path) -> Iterator[Need]:
    yield from _named("ConfigMap", volume.get("configMap"), (*path, "configMap"))
    secret = mapping(volume.get("secret"))
    where = (*path, "secret")
    yield from _named("Secret", {**secret, "name": secret.get("secretName")}, where, "secretName")
    claim = mapping(volume.get("persistentVolumeClaim"))
    where = (*path, "persistentVolumeClaim")
    said = {"name": claim.get("claimName")}
    yield from _named("PersistentVolumeClaim", said, where, "claimName")
    for index, source in enumerate(sequence(mapping(volume.get("projected")).get("sources"))):
        where = (*path, "projected", "sources", index)
        yield from _named("ConfigMap", mapping(source).get("configMap"), where)
        yield from _named("Secret", mapping(source).get("secret"), where)


def _of_container(container: Container) -> Iterator[Need]:
    for index, entry in enumerate(sequence(container.body.get("env"))):
        source = mapping(mapping(entry).get("valueFrom"))
        where = (*container.path, "env", index, "valueFrom")
        yield from _named("ConfigMap", source.get("configMapKeyRef"), where)
        yield from _named("Secret", source.get("secretKeyRef"), where)
    for index, entry in enumerate(sequence(container.body.get("envFrom"))):
        where = (*container.path, "envFrom", index)
        yield from _named("ConfigMap", mapping(entry).get("configMapRef"), where)
        yield from _named("Secret", mapping(entry).get("secretRef"), where)


def _named(kind: str, reference: Any, path: Path, field: str = "name") -> Iterator[Need]:
    """The resource that a reference names in a field; for the items of a volume, each key of it."""
    body = mapping(reference)
    name, optional = body.get("name"), body.get("optional") is True
    if not isinstance(name, str) or not name:
        return
    keys = [body.get("key"), *(mapping(item).get("key") for item in sequence(body.get("items")))]
    given = [key for key in keys if isinstance(key, str)]
    for key in given or [""]:
        yield Need(kind, name, (*path, field), key, optional)
