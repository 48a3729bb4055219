"""What KServe refuses of inference graphs, and KubeRay and Kubeflow of clusters and trainings."""

from collections.abc import Iterator
from typing import Any

from rewardsvc.formats.kubernetes.manifests import mapping, sequence
from rewardsvc.formats.kubernetes.refusals.rules import Problem
from rewardsvc.formats.kubernetes.refusals.values import number

TARGETS = ("nodeName", "serviceName", "serviceUrl")


def root(nodes: Any) -> Iterator[Problem]:
    """A graph that begins nowhere."""
    if isinstance(nodes, dict) and "root" not in nodes:
        yield (), "a graph has a node 'root'"


def splits(node: Any) -> Iterator[Problem]:
    """Weights of a Splitter that are not the whole."""
    body = mapping(node)
    if body.get("routerType") != "Splitter":
        return
    weights = [number(mapping(each).get("weight")) for each in sequence(body.get("steps"))]
    total = sum(weight or 0 for weight in weights)
    if total != 100:
        yield ("steps",), f"weights of a Splitter add up to {total} and not to 100"


def fault_tolerance(body: Any) -> Iterator[Problem]:
    """Options of a fault tolerance that is switched off."""
    annotations = mapping(mapping(mapping(body).get("metadata")).get("annotations"))
    options = mapping(mapping(body).get("spec")).get("gcsFaultToleranceOptions")
    if options is not None and annotations.get("ray.io/ft-enabled") == "false":
        yield ("spec", "gcsFaultToleranceOptions"), "the annotation ray.io/ft-enabled is 'false'"


def interactive(spec: Any) -> Iterator[Problem]:
    """A job that is submitted by hand and retried."""
    body = mapping(spec)
    if body.get("submissionMode") == "InteractiveMode" and number(body.get("backoffLimit")):
        yield ("backoffLimit",), "the submissionMode InteractiveMode has none"


def one_master(replica: Any) -> Iterator[Problem]:
    """Several masters."""
    count = number(mapping(replica).get("replicas"))
    if count is not None and count != 1:
        yield ("replicas",), f"there is one Master, not {count}"


def one_chief(replicas: Any) -> Iterator[Problem]:
    """A chief beside a master."""
    if mapping(replicas).get("Chief") is not None and mapping(replicas).get("Master") is not None:
        yield ("Master",), "Chief and Master exclude each other"
