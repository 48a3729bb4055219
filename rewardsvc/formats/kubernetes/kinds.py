"""Which schema a manifest's kind has: a built-in one, a custom resource's, or none, and why none.

Built-in kinds come from the kubernetes-validate package (Kubernetes' own OpenAPI, strict: an
unknown property is an error), the newest version that it carries; custom resources from the
folder of schemas that the toolchain extracted from published definitions.
"""

import json
import re
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from rewardsvc.formats.kubernetes.validations import KEYWORD, Validations
from rewardsvc.formats.kubernetes.well_known import GROUPS, KINDS, VERSIONS
from rewardsvc.types import JsonValue
from rewardsvc.verification.schemas import Definitions, Schema, Violation, read_schema
from sandbox.errors import ToolchainError
from sandbox.toolchain.kubernetes_types import kubernetes_definitions, strict_folder
from sandbox.toolchain.strict_schema import bundled

_DEFINITIONS = "_definitions.json"
_ADDRESS = "assay:///api/_definitions.json"
"""Where the schemas' references (``/api/_definitions.json#/…``) lead from our base address."""

MAX_NAME_CHARACTERS = 240
"""Of an apiVersion and a kind together: schemas lie in files that are named by both, and a file's
name has at most 255 bytes. The longest that is known takes 70."""


class Missing(Enum):
    """Why there is no schema."""

    UNKNOWN = auto()
    """Nobody knows this kind in this version: the manifest's error."""
    NOT_INSTALLED = auto()
    """A known custom resource whose schema is not on this machine: our gap."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of one apiVersion and kind. ``builtin``: of Kubernetes itself.

    ``validations``: rules in CEL, which only custom resources' schemas have.
    """

    schema: Schema
    builtin: bool
    has_spec: bool
    validations: Validations | None = None

    def violations(self, body: JsonValue) -> list[Violation]:
        """What the schema objects to in a resource; where it accepts it, what its rules do."""
        found = self.schema.violations(body)
        if found or self.validations is None:
            return found
        return self.validations.violations(body)


class Kinds:
    """The schemas of one toolchain, compiled when first asked for and kept."""

    def __init__(self, builtin_folder: Path, crd_folder: Path | None) -> None:
        """``builtin_folder`` contains ``v1.N.0-local-strict`` folders.

        Raises:
            ToolchainError: the package has another layout than the one we know.
        """
        newest, self._folder = strict_folder(builtin_folder)
        self.release = f"1.{newest}"
        self._crds = crd_folder
        self._definitions: Definitions | None = None
        self._known: dict[tuple[str, str], Kind | Missing] = {}
        self._paths: dict[tuple[str, str], Path] = {}
        self._standalone: dict[tuple[str, str], bytes] = {}

    def find(self, api_version: str, kind: str) -> Kind | Missing:
        """The schema of a kind, or why there is none."""
        key = (api_version, kind)
        if key not in self._known:
            found = self._find(api_version, kind)
            if isinstance(found, Missing) and len(self._known) > 10_000:
                return found  # invented names must not fill the memory
            self._known[key] = found
        return self._known[key]

    def standalone(self, api_version: str, kind: str) -> bytes:
        """The schema of a kind that has one, whole in one JSON file, for another validator.

        Raises:
            KeyError: there is no schema of it.
        """
        key = (api_version, kind)
        if key not in self._standalone:
            path = self._paths[key]
            schema = read_schema(path)
            if path.parent == self._folder:
                schema = bundled(schema, kubernetes_definitions(self._folder))
            self._standalone[key] = json.dumps(schema, separators=(",", ":")).encode()
        return self._standalone[key]

    def _find(self, api_version: str, kind: str) -> Kind | Missing:
        group, _, version = api_version.rpartition("/")
        if len(api_version) + len(kind) > MAX_NAME_CHARACTERS:
            return Missing.UNKNOWN
        if not re.fullmatch(r"[A-Za-z0-9]+", kind) or not re.fullmatch(
            r"([a-z0-9.-]+/)?v[a-z0-9]+", api_version
        ):
            return Missing.UNKNOWN
        first = group.split(".")[0]
        name = "-".join(part for part in (kind.lower(), first, version) if part)
        builtin = self._folder / f"{name}.json"
        if builtin.is_file():
            schema = read_schema(builtin)
            properties = schema.get("properties", {})
            if kind in properties.get("kind", {}).get("enum", ()) and api_version in (
                properties.get("apiVersion", {}).get("enum", ())
            ):
                self._paths[api_version, kind] = builtin
                return Kind(Schema(schema, self._base()), True, "spec" in properties)
        return self._find_custom(group, version, kind)

    def _find_custom(self, group: str, version: str, kind: str) -> Kind | Missing:
        lower = kind.lower()
        if self._crds is not None and group:
            path = self._crds / f"{lower}_{group}_{version}.json"
            if path.is_file():
                schema = read_schema(path)
                self._paths[f"{group}/{version}", kind] = path
                rules = Validations(schema) if KEYWORD in path.read_text("utf-8") else None
                return Kind(Schema(schema), False, "spec" in schema.get("properties", {}), rules)
            other_version = any(self._crds.glob(f"{lower}_{group}_*.json"))
            if other_version and f"{group}/{version} {lower}" not in VERSIONS:
                return Missing.UNKNOWN  # the kind is known, and has no such version
        if group not in KINDS and group not in GROUPS:
            return Missing.UNKNOWN
        installed = self._crds is not None and any(self._crds.glob(f"*_{group}_*.json"))
        if lower in KINDS.get(group, ()) or not installed:
            return Missing.NOT_INSTALLED
        return Missing.UNKNOWN

    def _base(self) -> Definitions:
        if self._definitions is None:
            try:
                text = (self._folder / _DEFINITIONS).read_text(encoding="utf-8")
                self._definitions = Definitions.of({_ADDRESS: json.loads(text)})
            except (OSError, ValueError) as error:
                raise ToolchainError(f"kubernetes-validate is broken: {error}") from error
        return self._definitions
