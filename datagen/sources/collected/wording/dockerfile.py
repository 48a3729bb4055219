"""Of a Dockerfile: its stages, and the instructions of the last one."""

import re
from collections.abc import Iterator

from datagen.pins import ast, raw
from datagen.sources.collected.units import Unit
from datagen.sources.collected.wording.said import MOST_VALUE, Said, coded, sentence

_INSTRUCTION = re.compile(r"^[ \t]*([A-Za-z]+)[ \t]+(.+)$")
_FROM = re.compile(r"(?:--\S+\s+)*(\S+)(?:\s+as\s+(\S+))?\s*$", re.IGNORECASE)


def of_dockerfile(unit: Unit) -> Iterator[Said]:
    """Stages by their bases, and what stands in the last one."""
    (text,) = unit.files.values()
    joined = re.sub(r"\\[ \t]*\n", " ", re.sub(r"^[ \t]*#.*\n?", "", text, flags=re.MULTILINE))
    found = [match.groups() for line in joined.splitlines() if (match := _INSTRUCTION.match(line))]
    stages = [_FROM.match(value) for name, value in found if name.upper() == "FROM"]
    bases = [match[1] for match in stages if match is not None]
    if not bases or any("$" in base for base in bases):
        raise ValueError("no base")
    names = [match[2] for match in stages if match is not None]
    words = f"{len(bases)} stages, based on" if len(bases) > 1 else "one stage, based on"
    words += f" {coded(bases)}"
    checks = [ast("stages[].base", list(bases))]
    yield sentence(f"it has {words}", checks)
    for number, name in enumerate(names):
        if name:
            words = f"stage {number + 1} is called `{name}`"
            yield sentence(words, [ast(f"stages[{number}].name", name)])
    last = max(number for number, (name, _) in enumerate(found) if name.upper() == "FROM")
    for name, value in ((name.upper(), value.strip()) for name, value in found[last:]):
        if "$" in value or "<<" in value or len(value) > MOST_VALUE:
            continue
        if name in ("WORKDIR", "USER", "EXPOSE", "CMD", "ENTRYPOINT", "COPY", "RUN"):
            words = f"the final stage has `{name} {value}`"
            check = ast(
                f"length(instructions[?instruction=={raw(name)} && value=={raw(value)}]) > `0`"
            )
            yield sentence(words, [check])
