"""What a verdict depends on, as one digest: requests of equal identity earn equal verdicts.

The identity outlives the process (verdicts are kept on disk and in Redis), so it names everything
that could make tomorrow's verdict another one:

- the extracted files with their fence labels, how they were fenced, and the whole task;
- the toolchain: tools, schemas and providers, with versions and contents;
- the reward rule's version and weights;
- this code and the libraries it judges with. All limits are constants of the code, and so is the
  shape of what is kept;
- whether plans are also deployed;
- which markers of thoughts are looked for beside the usual;
- the judges, where they are and whether they are required;
- which Terraform engine was asked for. Warm and cold give the same verdict; but who asks for
  the cold one wants to hear it, not what the warm one said yesterday.

Not in it: the request's id, the words around the fences, how many workers there are, how files are
isolated, where the emulator runs and what a judge costs, for none of them changes a verdict.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from importlib import metadata
from pathlib import Path

import assay

import rewardsvc
import sandbox
from rewardsvc.pipeline import Prepared
from rewardsvc.reward import rule_of
from rewardsvc.types import Components
from rewardsvc.wire import task_to_json


@dataclass(frozen=True, slots=True)
class Conditions:
    """What verdicts of one scorer depend on beside the request."""

    toolchain: str
    code: str
    weights: Components
    terraform: str
    terraform_deploy: bool
    sandbox: str = ""
    """The back end's name: what a program finds in its box is not the same in each."""
    thoughts: tuple[str, ...] = ()
    judge: str = ""
    """The panel's identity, "" where nobody judges."""


def identity(prepared: Prepared, conditions: Conditions) -> str:
    """The digest, in hex."""
    artifact = prepared.artifact
    material = [
        [[file.path, file.language, file.text] for file in artifact.files] if artifact else None,
        repr(prepared.fences),
        task_to_json(prepared.request.task),
        rule_of(conditions.weights).version,
        astuple(conditions),
    ]
    return hashlib.sha256(json.dumps(material, sort_keys=True).encode()).hexdigest()


def digest_of_code() -> str:
    """A digest of the packages that judge and of the versions of the libraries they use."""
    digest = hashlib.sha256()
    for package in (assay, rewardsvc, sandbox):
        for folder in map(Path, package.__path__):
            for file in sorted(folder.rglob("*.py")):
                digest.update(f"{file.relative_to(folder.parent)}\n".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    digest.update("\n".join(_libraries(metadata.requires("assay") or ())).encode())
    return digest.hexdigest()


def _libraries(requirements: Iterable[str]) -> list[str]:
    """Name and version of what is required without an extra."""
    names = [
        re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
        for requirement in requirements
        if "extra ==" not in requirement
    ]
    return sorted(f"{name} {_version(name)}" for name in names)


def _version(name: str) -> str:
    """Of a library; "" where this platform has none (a requirement with a marker)."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
