"""Witnesses: small good answers that show whether a format's tools are well.

A tool that fails on an answer says nothing of it, and leaves it UNSCORED; but an answer could be
written to make it fail. So on a task with means, where no answer may choose that, one on which the
tools fail is held against a witness and tried again, in turn: where they fail on it each time and
never on the witness, the answer brought it about. Without means, and where the witness fails too,
it is a fault of ours as ever. As tools may break by chance, nothing of it is kept.
"""

from collections.abc import Mapping

from rewardsvc.artifact import Artifact, File
from rewardsvc.faults import Broken, classified
from rewardsvc.types import FailureKind, Fault
from rewardsvc.verifiers.base import Findings, Verifier, Workbench
from sandbox.lack import Lack, LackKind

ATTEMPTS = 3
"""Tools that break on every tenth run, whatever the answer, fail on one answer alone so often once
in a thousand times; what breaks more often breaks on the witnesses too."""

_OURS = frozenset(
    {FailureKind.TOOL_MISSING, FailureKind.PROVIDER_MISSING, FailureKind.TIMED_OUT_BY_US}
)
"""What no answer brings about: what is not installed, and time that the machine did not have."""

_TEXTS: Mapping[str, str] = {
    "terraform": 'data "aws_caller_identity" "me" {}\n\nresource "aws_sqs_queue" "witness" {\n'
    '  name = "witness-${data.aws_caller_identity.me.account_id}"\n}\n',
    "kubernetes": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: witness}\ndata: {a: b}\n",
    "dockerfile": "FROM debian:12\nRUN make install\n",
    "compose": "services:\n  witness:\n    image: nginx:1\n",
    "github-actions": "on: push\njobs:\n  witness:\n    runs-on: ubuntu-latest\n    steps:\n"
    '      - run: make "$A"\n      - shell: python\n        run: print(1)\n',
    "gitlab-ci": 'witness:\n  script:\n    - make "$A"\n',
    "azure-pipelines": 'steps:\n  - script: make "$A"\n',
    "circleci": "version: 2.1\njobs:\n  witness:\n    docker: [{image: 'cimg/base:2024.01'}]\n"
    '    steps:\n      - run: make "$A"\nworkflows:\n  all:\n    jobs: [witness]\n',
    "bitbucket-pipelines": "pipelines:\n  default:\n    - step:\n        script:\n"
    '          - make "$A"\n',
    "jenkinsfile": "pipeline {\n  agent any\n  stages {\n    stage('witness') {\n      steps {\n"
    "        sh 'make'\n      }\n    }\n  }\n}\n",
    "bash": "#!/bin/bash\nls > list\n",
}
"""By format. Not of Python: what it builds with is another library each time."""


def witness_of(verifier: Verifier) -> Artifact | None:
    """The witness of a format, None where it has none."""
    text = _TEXTS.get(verifier.format)
    if text is None:
        return None
    return Artifact((File(verifier.default_path, min(verifier.languages), text),))


async def verified(
    verifier: Verifier, artifact: Artifact, workbench: Workbench, *, bound: bool
) -> Findings:
    """What a verifier finds out; ``bound``: whether the task has means.

    Raises:
        whatever the verifier raises, where the answer did not bring it about.
    """
    if not bound:
        return await verifier.verify(artifact, workbench)
    broken: Broken
    for _ in range(ATTEMPTS):
        with classified() as broken:
            return await verifier.verify(artifact, workbench)
        bounds = isinstance(broken.error, RecursionError | MemoryError)
        if bounds or broken.fault.kind in _OURS or not await _is_well(verifier, workbench):
            break
    else:
        return Findings((), lacking=(_brought_about(broken.fault),))
    assert broken.error is not None  # it returned otherwise
    raise broken.error


async def _is_well(verifier: Verifier, workbench: Workbench) -> bool:
    """Whether the witness of the format goes through."""
    witness = witness_of(verifier)
    if witness is None:
        return False
    with classified():
        return (await verifier.verify(witness, workbench)).fault is None
    return False


def _brought_about(fault: Fault) -> Lack:
    return Lack(LackKind.CRASH, "tools that do not fail on it", f"{fault.kind}: {fault.reason}")
