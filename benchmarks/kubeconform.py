"""kubeconform as a second opinion on the schemas: what it is given, and what it said.

No verdict asks it: judged in process, the same schemas say the same in a fifth of the time, with
the place of every fault, and what breaks in a program is nobody's answer.
``python -m benchmarks.second_opinion`` shows where the two differ.

It gets each resource as JSON in a file of its own and each kind's schema beside them, so that it
needs no network and parses no YAML: which resource a result is about is in the file's name, and
``yes`` means to it what it means to every stage. Nothing is skipped and no schema is missing: a
resource that it says nothing about, or says anything but valid and invalid about, is a tool that
failed.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rewardsvc.formats.kubernetes.kinds import Kinds
from rewardsvc.formats.kubernetes.manifests import Manifest
from rewardsvc.types import JsonValue
from rewardsvc.verification.commands import run_linter
from rewardsvc.verification.schemas import MAX_VIOLATIONS, Violation
from rewardsvc.verification.verifier import Workbench
from sandbox.errors import ToolCrashed

NAME = "kubeconform"
_LOCATION = "schemas/{{ .ResourceKind }}_{{ .Group }}_{{ .ResourceAPIVersion }}.json"
_ARGUMENTS = ("-strict", "-verbose", "-summary", "-output", "json", "-n", "1")
_EXIT_CODES = frozenset({0, 1})
"""0: all valid; 1: some are not."""
_VALID = frozenset({"statusValid", "VALID"})
_INVALID = frozenset({"statusInvalid", "INVALID"})
"""Since 0.6, and before."""


@dataclass(frozen=True, slots=True)
class JudgedFiles:
    """What kubeconform said. ``overrun``: the limit that the resources drove it into, or ""."""

    violations: Mapping[int, Sequence[Violation]]
    """By the resource's number."""
    overrun: str = ""


async def judge(
    manifests: Mapping[int, Manifest], kinds: Kinds, workbench: Workbench
) -> JudgedFiles:
    """Have numbered resources, all of kinds with a schema, judged in the sandbox.

    Raises:
        ToolCrashed: it failed, or left something out.
        ToolMissing, SandboxError: see :func:`rewardsvc.verification.commands.run_linter`.
    """
    if not manifests:
        return JudgedFiles({})
    files = _files(manifests, kinds)
    arguments = (*_ARGUMENTS, "-schema-location", _LOCATION, *map(_file, manifests))
    printed = await run_linter(workbench, NAME, arguments, files, exit_codes=_EXIT_CODES)
    if printed.overrun:
        return JudgedFiles({}, printed.overrun)
    return JudgedFiles(read_results(printed.stdout, tuple(manifests)))


def read_results(output: bytes, numbers: Sequence[int]) -> Mapping[int, Sequence[Violation]]:
    """Its JSON output, by the resources' numbers; nothing for those that are valid.

    Raises:
        ToolCrashed: the output is not what kubeconform prints, or a resource has no result.
    """
    try:
        results = json.loads(output)["resources"]
        found = {_number(result["filename"]): _violations(result) for result in results}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ToolCrashed(f"{NAME} printed something else than results: {error!r}") from error
    silent = [number for number in numbers if number not in found]
    if silent:
        raise ToolCrashed(f"{NAME} said nothing about {len(silent)} of {len(numbers)} resources")
    return found


def _violations(result: Mapping[str, Any]) -> list[Violation]:
    status, message = result["status"], str(result.get("msg", ""))
    if status in _VALID:
        return []
    if status not in _INVALID:
        raise ToolCrashed(f"{NAME} gave {result['filename']} the status {status}: {message[:300]}")
    errors = result.get("validationErrors") or []
    told = [Violation(_path(str(error["path"])), str(error["msg"])) for error in errors]
    return told[:MAX_VIOLATIONS] or [Violation((), message)]


def _path(pointer: str) -> tuple[str | int, ...]:
    """A JSON pointer (RFC 6901) as the path to a value."""
    parts = pointer.split("/")[1:]
    plain = (part.replace("~1", "/").replace("~0", "~") for part in parts)
    return tuple(int(part) if part.isdecimal() and part.isascii() else part for part in plain)


def _files(manifests: Mapping[int, Manifest], kinds: Kinds) -> dict[str, bytes]:
    files = {_file(number): written(manifest.body) for number, manifest in manifests.items()}
    for manifest in manifests.values():
        files[_schema_file(manifest)] = kinds.standalone(manifest.api_version, manifest.kind)
    return files


def written(body: JsonValue) -> bytes:
    """A resource as JSON that is YAML too, as which kubeconform reads it.

    YAML's escapes name no half of a pair, so what lies beyond the basic plane stands for itself;
    the rest that is not ASCII is escaped, for YAML takes not all of it as it is.
    """
    text = json.dumps(body, ensure_ascii=False)
    return re.sub(r"[\x7f-\uffff]", lambda found: f"\\u{ord(found[0]):04x}", text).encode()


def _file(number: int) -> str:
    return f"resources/{number}.json"


def _number(file: str) -> int:
    return int(file.rpartition("/")[2].removesuffix(".json"))


def _schema_file(manifest: Manifest) -> str:
    """As its template makes it: for the core group, the group is the version."""
    group, _, version = manifest.api_version.rpartition("/")
    return f"schemas/{manifest.kind.lower()}_{group or version}_{version}.json"
