"""What mutants are made of compose files: where they define, refer and allow."""

import re
from collections.abc import Iterator, Mapping

from rewardsvc.audit.mutation.semantics import Path, YamlSemantics, dotted
from rewardsvc.audit.mutation.yaml_family import yaml_mutations
from rewardsvc.types import JsonValue


class _ComposeSemantics(YamlSemantics):
    sections = frozenset({"services"})
    unlisted = frozenset({"stages"})
    references = re.compile(
        r"services\.[^.]+\.(?:depends_on|networks|volumes|secrets|configs|links|extends)\b.*"
    )

    growing = re.compile(r"services\.[^.]+\.(?:ports|cap_add|networks|secrets|expose)")

    def target(self, value: str) -> str:
        """``data`` of ``data:/var/lib``."""
        return value.partition(":")[0]

    def more_allowed(self, path: Path, value: JsonValue) -> Iterator[JsonValue]:
        """A hardened service with the host's privileges."""
        if path[-1] == "permissions":
            yield from super().more_allowed(path, value)
        elif re.fullmatch(r"services\.[^.]+", dotted(path)) and isinstance(value, Mapping):
            hardened = {"cap_drop", "security_opt", "read_only"} & value.keys()
            if hardened and not value.get("privileged"):
                yield {**value, "privileged": True}


MUTATIONS = yaml_mutations(_ComposeSemantics())
