"""What operators refuse of their own kinds together with what stands beside it in them."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from rewardsvc.formats.kubernetes.answer import texts
from rewardsvc.formats.kubernetes.manifests import mapping, sequence
from rewardsvc.formats.kubernetes.refusals.cron import unreadable
from rewardsvc.formats.kubernetes.refusals.rules import Check, Problem
from rewardsvc.formats.kubernetes.refusals.values import (
    DNS_1035,
    DNS_SUBDOMAIN,
    distinct,
    exclusive,
    number,
    plain,
    unlike,
)
from rewardsvc.yaml12 import YamlError, load_documents

MAX_DEPTH = 60


_SCHEMES = frozenset(
    {"gs", "s3", "pvc", "file", "https", "http", "hdfs", "webhdfs", "oci", "oci+fetch", "hf"}
    | {"model-registry"}
)


_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30})://")


REPLICA_TYPES = {
    "PyTorchJob": ("pytorchReplicaSpecs", "pytorch", ("Master", "Worker")),
    "TFJob": ("tfReplicaSpecs", "tensorflow", ("Chief", "Evaluator", "Master", "PS", "Worker")),
    "XGBoostJob": ("xgbReplicaSpecs", "xgboost", ("Master", "Worker")),
    "PaddleJob": ("paddleReplicaSpecs", "paddle", ("Master", "Worker")),
    "JAXJob": ("jaxReplicaSpecs", "jax", ("Worker",)),
}
"""Of the training operator's jobs: the field, the container's name, the types of replicas."""


_LISTS = frozenset(
    {"args", "command", "containers", "env", "envFrom", "imagePullSecrets", "initContainers"}
    | {"ports", "tolerations", "volumeMounts", "volumes"}
)


def null_lists(spec: Any) -> Iterable[Problem]:
    """Lists of a pod in a custom resource: an API server drops a null of its own kinds only."""
    for steps in _nulls(spec, 1):
        yield tuple(reversed(steps)), "null is no list: leave it out, or write []"


def _nulls(node: Any, depth: int) -> Iterable[list[str | int]]:
    """The ways back from each null that should be a list."""
    found: list[list[str | int]] = []
    if isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, dict | list):
                if depth < MAX_DEPTH and (within := _nulls(value, depth + 1)):
                    found += [[*steps, key] for steps in within]
            elif value is None and key in _LISTS and "image" in node.keys() | _of(node, key):
                found.append([key])
    elif isinstance(node, list) and depth < MAX_DEPTH:
        for index, value in enumerate(node):
            if isinstance(value, dict | list) and (within := _nulls(value, depth + 1)):
                found += [[*steps, index] for steps in within]
    return found


def _of(node: dict[str, Any], key: str) -> set[str]:
    """That a mapping is a pod's spec counts as much as that it is a container."""
    return {"image"} if key in _LISTS and isinstance(node.get("containers"), list) else set()


def short_name(most: int, called: str) -> Check:
    """A DNS-1035 label of ``most`` characters at most; ``called`` says of what."""

    def check(value: Any) -> Iterator[Problem]:
        text = plain(value)
        if text is None or unlike(text, DNS_SUBDOMAIN):
            return  # the row of all names
        if len(text) > most:
            yield (), f"it has {len(text)} characters: {called} has at most {most}"
        elif why := unlike(text, DNS_1035):
            yield (), why

    return check


def document(value: Any) -> Iterator[Problem]:
    """A text that should be YAML and is none."""
    text = plain(value)
    if text is None:
        return
    try:
        load_documents(text)
    except YamlError as error:
        yield (), f"it is no YAML: {error.message} (line {error.line} of it)"


def runtime_environment(value: Any) -> Iterator[Problem]:
    """What is no runtime environment of Ray: no YAML, or no mapping."""
    problems = list(document(value))
    yield from problems
    text = plain(value)
    found = load_documents(text) if text is not None and not problems else []
    if found and not isinstance(found[0].value or {}, dict):
        yield (), "it is no mapping"


def serve_config(value: Any) -> Iterator[Problem]:
    """What is no configuration of Ray Serve."""
    text = plain(value)
    if text is None:
        return
    try:
        documents = load_documents(text)
    except YamlError as error:
        yield (), f"it is no YAML: {error.message} (line {error.line} of it)"
        return
    config = documents[0].value if documents else None
    if not isinstance(config, dict):
        yield (), "it is no mapping with applications"
        return
    applications = config.get("applications")
    if not isinstance(applications, list) or not applications:
        yield (), "it has no list of applications"
        return
    yield from _applications(applications)


def _applications(applications: list[Any]) -> Iterator[Problem]:
    for key in ("name", "route_prefix"):
        for _, words in distinct(f"two applications have the {key} {{!r}}", key)(applications):
            yield (), words
    for application in applications:
        body = mapping(application)
        if not isinstance(body.get("import_path"), str):
            yield (), f"the application {body.get('name')!r} has no import_path"
        prefix = body.get("route_prefix")
        if isinstance(prefix, str) and not prefix.startswith("/"):
            yield (), f"the route_prefix {prefix!r} does not begin with /"
        for deployment in sequence(body.get("deployments")):
            if not isinstance(mapping(deployment).get("name"), str):
                yield (), f"a deployment of {body.get('name')!r} has no name"
            yield from _scaling(mapping(deployment))


def _scaling(deployment: Any) -> Iterator[Problem]:
    scaling = mapping(deployment.get("autoscaling_config"))
    least, most = number(scaling.get("min_replicas")), number(scaling.get("max_replicas"))
    if least is not None and most is not None and least > most:
        yield (), f"{deployment.get('name')} has min_replicas {least} and max_replicas {most}"
    if scaling and number(deployment.get("num_replicas")) is not None:
        yield (), f"{deployment.get('name')} has num_replicas and autoscaling_config"


def worker_group(group: Any) -> Iterator[Problem]:
    """Fewer replicas at most than at least."""
    body = mapping(group)
    least, most = number(body.get("minReplicas")), number(body.get("maxReplicas"))
    if least is not None and most is not None and least > most:
        yield ("minReplicas",), f"there are at least {least} and at most {most} replicas"


def ray_job(spec: Any) -> Iterator[Problem]:
    """A RayJob without a cluster, or with times that its end forbids."""
    body = mapping(spec)
    if body.get("ttlSecondsAfterFinished") and body.get("shutdownAfterJobFinishes") is not True:
        yield ("ttlSecondsAfterFinished",), "it needs shutdownAfterJobFinishes: true"
    if body and body.get("rayClusterSpec") is None and not body.get("clusterSelector"):
        yield (), "one of rayClusterSpec, clusterSelector must be given"


def suspended(spec: Any) -> Iterator[Problem]:
    """A RayJob that is suspended and would leave its cluster running."""
    body = mapping(spec)
    if body.get("suspend") is not True:
        return
    if body.get("clusterSelector"):
        yield ("suspend",), "it excludes clusterSelector"
    elif body.get("shutdownAfterJobFinishes") is not True:
        yield ("suspend",), "it needs shutdownAfterJobFinishes: true"


def storage(value: Any) -> Iterator[Problem]:
    """A scheme that KServe does not fetch by."""
    text = plain(value)
    match = _SCHEME.match(text) if text is not None else None
    if match is not None and match[1].lower() not in _SCHEMES:
        yield (), f"{match[1]}:// is no storage that KServe has"


def component(component: Any) -> Iterator[Problem]:
    """Counts of replicas that exclude each other."""
    body = mapping(component)
    least, most = number(body.get("minReplicas")), number(body.get("maxReplicas"))
    if least is not None and least < 0:
        yield ("minReplicas",), f"{least} is less than 0"
    if most is not None and most < 0:
        yield ("maxReplicas",), f"{most} is less than 0"
    elif least is not None and most and least > most:
        yield ("maxReplicas",), f"there are at least {least} and at most {most} replicas"


def replica_types(body: Any) -> Iterator[Problem]:
    """Replicas of a type that the framework does not have."""
    field, _, known = REPLICA_TYPES[str(body.get("kind"))]
    for name in mapping(mapping(body.get("spec")).get(field)):
        if name not in known:
            yield ("spec", field, name), f"replicas are of the types {', '.join(known)}"


def default_container(body: Any) -> Iterator[Problem]:
    """No container with the framework's name."""
    field, wanted, _ = REPLICA_TYPES[str(body.get("kind"))]
    for name, replica in mapping(mapping(body.get("spec")).get(field)).items():
        pod = mapping(mapping(mapping(replica).get("template")).get("spec"))
        names = [mapping(each).get("name") for each in sequence(pod.get("containers"))]
        if names and wanted not in names:
            place = ("spec", field, name, "template", "spec", "containers")
            yield place, f"no container has the name {wanted!r}"


def entrypoint(spec: Any) -> Iterator[Problem]:
    """No entrypoint, or one that is no template."""
    body = mapping(spec)
    entry = plain(body.get("entrypoint"))
    templates = sequence(body.get("templates"))
    known = texts(mapping(each).get("name") for each in templates)
    if body.get("workflowTemplateRef") is not None or len(known) < len(templates):
        return  # what a template without a name was to be called, nobody knows
    if body and not body.get("entrypoint"):
        yield (), "a Workflow has an entrypoint"
    elif entry and templates and entry not in known:
        yield ("entrypoint",), f"no template has the name {entry!r}"


def steps(spec: Any) -> Iterator[Problem]:
    """Steps and tasks of templates and tasks that are not there."""
    templates = sequence(mapping(spec).get("templates"))
    known = texts(mapping(each).get("name") for each in templates)
    if not all(isinstance(mapping(each).get("name"), str) for each in templates):
        return
    for index, template in enumerate(templates):
        place = ("templates", index)
        for group, steps in enumerate(sequence(mapping(template).get("steps"))):
            for position, step in enumerate(sequence(steps)):
                name = plain(mapping(step).get("template"))
                if name and name not in known:
                    words = f"no template has the name {name!r}"
                    yield (*place, "steps", group, position, "template"), words
        tasks = sequence(mapping(mapping(template).get("dag")).get("tasks"))
        names = {name for each in tasks if isinstance(name := mapping(each).get("name"), str)}
        for position, task in enumerate(tasks):
            name = plain(mapping(task).get("template"))
            if name and name not in known:
                words = f"no template has the name {name!r}"
                yield (*place, "dag", "tasks", position, "template"), words
            for other in sequence(mapping(task).get("dependencies")):
                if plain(other) and other not in names:
                    words = f"no task has the name {other!r}"
                    yield (*place, "dag", "tasks", position, "dependencies"), words


def cron_workflow(value: Any) -> Iterator[Problem]:
    """A schedule that cannot be read."""
    text = plain(value)
    if text and (why := unreadable(text)):
        yield (), why


def subject(spec: Any) -> Iterator[Problem]:
    """A certificate of nobody."""
    body = mapping(spec)
    names = ("commonName", "dnsNames", "uris", "ipAddresses", "emailAddresses", "otherNames")
    if body and not any(body.get(key) for key in (*names, "literalSubject")):
        yield (), f"one of {', '.join(names)} must be given"


def prometheus_rule(rule: Any) -> Iterator[Problem]:
    """What neither alerts nor records, or both."""
    yield from exclusive("alert", "record", needed=True)(rule)
    if mapping(rule).get("record") is not None and mapping(rule).get("for") is not None:
        yield ("for",), "a record has none"


def task(value: Any) -> Iterator[Problem]:
    """A task of a DAG that waits in two notations, or has a name that one of them cannot read."""
    body = mapping(value)
    if body.get("depends"):
        for key in ("dependencies", "continueOn"):
            if body.get(key):
                yield (key,), "it excludes depends"
    name = plain(body.get("name"))
    if name and name[0].isdecimal() and (body.get("depends") or body.get("dependencies")):
        yield ("name",), f"{name!r} begins with a digit, and the task depends on others"


def leaf_settings(template: Any) -> Iterator[Problem]:
    """Settings of a pod in a template that makes none."""
    body = mapping(template)
    for kind in ("steps", "dag"):
        for key in ("timeout", "activeDeadlineSeconds"):
            if body.get(kind) is not None and body.get(key):
                yield (key,), f"a template of {kind} has none"


def duration_seconds(value: Any) -> float | None:
    """A duration as Go writes them (``2160h``, ``1h30m``), in seconds; None where it is none."""
    text = plain(value)
    if text is None or not _DURATION.fullmatch(text):
        return None
    return sum(float(amount) * _UNITS[unit] for amount, unit in _PART.findall(text))


_PART = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)(ns|us|ms|h|m|s)")
_DURATION = re.compile(rf"(?:{_PART.pattern}){{1,20}}")
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_LEAST = {"duration": 3600, "renewBefore": 300}
DEFAULT_DURATION = 90 * 86400
"""Seconds for which a certificate of cert-manager is asked for where nothing is said."""


def lifetime(spec: Any) -> Iterator[Problem]:
    """A certificate that is renewed before it is made, or too short to be renewed."""
    body = mapping(spec)
    found = {}
    for key, least in _LEAST.items():
        seconds = duration_seconds(body.get(key))
        if seconds is None:
            continue
        found[key] = seconds
        if seconds < least:
            yield (key,), f"{body[key]} is less than {least // 60} minutes"
    if found.get("renewBefore", 0) >= found.get("duration", DEFAULT_DURATION):
        yield ("renewBefore",), f"{body['renewBefore']} is not less than the duration"


_SIZES = {"RSA": range(2048, 8193), "ECDSA": (256, 384, 521)}


def private_key(value: Any) -> Iterator[Problem]:
    """A size that the algorithm of a key does not have."""
    body = mapping(value)
    sizes = _SIZES.get(str(body.get("algorithm", "RSA")))
    size = number(body.get("size"))
    if size and sizes is not None and size not in sizes:
        told = "2048 to 8192" if isinstance(sizes, range) else ", ".join(map(str, sizes))
        yield ("size",), f"{size} is none of {body.get('algorithm', 'RSA')}: {told}"


def issuer_kind(value: Any) -> Iterator[Problem]:
    """A kind that cert-manager's own issuers do not have."""
    body = mapping(value)
    kind = plain(body.get("kind"))
    own = body.get("group", "cert-manager.io") == "cert-manager.io"
    if kind and own and kind not in ("Issuer", "ClusterIssuer"):
        yield ("kind",), f"{kind!r} is not one of ClusterIssuer, Issuer"
