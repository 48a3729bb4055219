"""What a verdict depends on, as one digest: requests of equal identity earn equal verdicts.

The identity outlives the process (verdicts are kept on disk and in Redis), so it names everything
that could make tomorrow's verdict another one:

- the extracted files with their fence labels, how they were fenced, and the whole task;
- the toolchain: tools, schemas and providers, with versions and contents;
- the reward rule's version and weights;
- the code that judges and the libraries it judges with (:mod:`rewardsvc.digest`). All limits are
  constants of the code, and so is the shape of what is kept;
- whether plans are also deployed;
- the back end that isolates: what a program finds in its box is not the same in each;
- which markers of thoughts are looked for beside the usual;
- the judges, where they are and whether they are required;
- which Terraform engine was asked for. Warm and cold give the same verdict; but who asks for
  the cold one wants to hear it, not what the warm one said yesterday.

Not in it: the request's id, the words around the fences, how many workers there are, where the
emulator runs and what a judge costs, for none of them changes a verdict.
"""

import hashlib
import json
from dataclasses import astuple, dataclass

from rewardsvc.pipeline import Prepared
from rewardsvc.reward import rule_of
from rewardsvc.types import Components
from rewardsvc.wire.json import task_to_json


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
