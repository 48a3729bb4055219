"""Kubernetes' own types (Container, PodTemplateSpec …) as other schemas name them.

Custom resources embed them. The definitions are those of the kubernetes-validate package, the
newest release that it carries.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.errors import ToolchainError

_PREFERRED = (
    "io.k8s.api.core.v1.",
    "io.k8s.apimachinery.pkg.apis.meta.v1.",
    "io.k8s.api.apps.v1.",
    "io.k8s.api.batch.v1.",
    "io.k8s.api.autoscaling.v2.",
    "io.k8s.api.networking.v1.",
    "io.k8s.api.policy.v1.",
)
"""Where a name without its group is looked for, first to last."""

_SPECIAL: Mapping[str, str] = {
    "ResourceQuantity": "io.k8s.apimachinery.pkg.api.resource.Quantity",
    "Quantity": "io.k8s.apimachinery.pkg.api.resource.Quantity",
    "IntOrString": "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
}


_QUANTITY = {"type": ["integer", "string", "null"]}
"""In a custom resource ``0.5`` is no quantity, though it is one in Kubernetes' own: its schema says
``x-kubernetes-int-or-string``."""


@dataclass(frozen=True, slots=True)
class KubernetesTypes:
    """``definitions`` by full name; ``names`` from every name in use to the full one.

    ``release``: of Kubernetes, "1.37".
    """

    release: str
    definitions: Mapping[str, Any]
    names: Mapping[str, str]

    def reference(self, name: str) -> dict[str, Any] | None:
        """A schema that refers to the type, None where it is none of Kubernetes'."""
        full = self.names.get(name)
        return {"$ref": f"#/definitions/{full}"} if full is not None else None


def strict_folder(package: Path) -> tuple[int, Path]:
    """The newest ``v1.N.0-local-strict`` folder of the package's schemas, and N.

    Raises:
        ToolchainError: the package has another layout than the one we know.
    """
    versions = {
        int(match[1]): folder
        for folder in package.iterdir()
        if (match := re.fullmatch(r"v1\.(\d+)\.\d+-local-strict", folder.name))
    }
    if not versions:
        raise ToolchainError("kubernetes-validate carries no strict schemas")
    newest = max(versions)
    return newest, versions[newest]


def kubernetes_definitions(folder: Path) -> dict[str, Any]:
    """What the schemas in one release's folder refer to, by full name.

    Raises:
        ToolchainError: they are not there or not what they were.
    """
    try:
        text = (folder / "_definitions.json").read_text(encoding="utf-8")
        definitions: dict[str, Any] = json.loads(text)["$defs"]
    except (OSError, ValueError, KeyError) as error:
        raise ToolchainError(f"kubernetes-validate is broken: {error!r}") from error
    return definitions


def kubernetes_types(package: Path) -> KubernetesTypes:
    """The types of the newest release in the package's folder of schemas.

    Raises:
        ToolchainError: they are not there or not what they were.
    """
    newest, folder = strict_folder(package)
    definitions = kubernetes_definitions(folder)
    names: dict[str, str] = {}
    for full in definitions:
        # As Kubernetes' newer generators write it: IoK8sApiCoreV1Container.
        joined = "".join(part[:1].upper() + part[1:] for part in full.split("."))
        names[joined] = full
        if joined.startswith("IoK8s"):
            names["K8sIo" + joined.removeprefix("IoK8s")] = full
    for prefix in _PREFERRED:
        version = prefix.split(".")[-2].upper()
        for full in definitions:
            if full.startswith(prefix):
                kind = full.removeprefix(prefix)
                # As its Python client writes it (V1Container), and bare.
                names.setdefault(f"{version}{kind}", full)
                names.setdefault(kind, full)
    names.update({name: full for name, full in _SPECIAL.items() if full in definitions})
    definitions[_SPECIAL["Quantity"]] = _QUANTITY
    return KubernetesTypes(f"1.{newest}", definitions, names)
