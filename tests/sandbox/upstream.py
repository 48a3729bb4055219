"""Upstream's own CRDs in ../shared/data, made strict as ours are; read once, for they are long."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sandbox.toolchain.strict_schema import Resource, strict_schema

DATA = Path(__file__).resolve().parents[2].parent / "shared/data/kubernetes"


@cache
def upstream_schemas() -> dict[tuple[str, str], dict[str, Any]]:
    """By API version and kind; nothing where the files are not."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for path in (DATA / "crds").rglob("*.yaml"):
        crd = yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
        if "names" not in crd.get("spec", {}):
            continue
        group, kind = crd["spec"]["group"], crd["spec"]["names"]["kind"]
        for version in crd["spec"]["versions"]:
            if "openAPIV3Schema" not in version.get("schema", {}):
                continue
            resource = Resource(group, version["name"], kind, version["schema"]["openAPIV3Schema"])
            found[f"{group}/{version['name']}", kind] = strict_schema(resource, {})
    return found
