"""Reads the YAML file that drives a run: an unknown key or a wrong value names its place."""

from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path

import yaml
from pydantic import ValidationError

from rewardsvc.answer import without_marks
from rewardsvc.nearest import nearest
from rl.configs.sections import Config, Section
from rl.errors import InvalidConfig


def packaged() -> list[str]:
    """The names of the configurations that come with the package."""
    files = resources.files("rl.configs").iterdir()
    return sorted(file.name[:-5] for file in files if file.name.endswith(".yaml"))


def load_config(source: str, overrides: Sequence[str] = ()) -> Config:
    """The configuration in a file, or a packaged one by name, with ``key.key=value`` overrides.

    Raises:
        InvalidConfig: names the file and the key.
    """
    path = Path(source)
    if path.suffix not in {".yaml", ".yml"} and source in packaged():
        text, shown = (resources.files("rl.configs") / f"{source}.yaml").read_text(), source
    else:
        shown = str(path)
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            known = ", ".join(packaged())
            raise InvalidConfig(
                f"{source}: cannot be read: {error.strerror}. Name a file or one of: {known}"
            ) from error
        except UnicodeDecodeError as error:
            raise InvalidConfig(f"{source}: is not UTF-8: {error}") from error
    try:
        values = yaml.safe_load(without_marks(text))
    except yaml.YAMLError as error:
        raise InvalidConfig(f"{shown}: is not YAML: {error}") from error
    if not isinstance(values, dict):
        raise InvalidConfig(f"{shown}: must be a mapping of keys to values")
    lines = _lines(text)
    for override in overrides:
        key = _override(values, override)
        lines = {
            place: line for place, line in lines.items() if not f"{place}.".startswith(f"{key}.")
        }
    return parse(values, shown, lines)


def parse(
    values: Mapping[str, object], shown: str, lines: Mapping[str, int] | None = None
) -> Config:
    """The configuration in parsed values; ``shown`` names their source in errors, and ``lines``
    where in it each key stands (``grpo.steps``), as far as that is known.

    Raises:
        InvalidConfig: names the source, the key and the line.
    """
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise InvalidConfig(f"{shown}: " + "; ".join(_problems(error, lines or {}))) from error


def _lines(text: str) -> dict[str, int]:
    """The line of each key of a mapping, by its place: ``grpo.steps``. Of keys that are given
    twice the last one counts, as it does for its value."""
    lines: dict[str, int] = {}
    seen: set[yaml.Node] = set()  # an alias may stand in what it names
    waiting = [("", yaml.compose(without_marks(text), yaml.SafeLoader))]
    for prefix, node in waiting:
        if isinstance(node, yaml.MappingNode) and node not in seen:
            seen.add(node)
            for key, value in node.value:
                place = f"{prefix}{key.value}"
                lines[place] = key.start_mark.line + 1
                waiting.append((f"{place}.", value))
    return lines


def _keys() -> set[str]:
    """Of all sections, to guess which was meant."""
    sections = [Section]
    for section in sections:
        sections += section.__subclasses__()
    return {name for section in sections for name in section.model_fields}


def _problems(error: ValidationError, lines: Mapping[str, int]) -> list[str]:
    problems = []
    for problem in error.errors():
        # The tag of a model kind is part of pydantic's place but no key of the file.
        place = ".".join(
            str(part)
            for number, part in enumerate(problem["loc"])
            if not (number == 1 and problem["loc"][0] == "model" and len(problem["loc"]) > 2)
        )
        if problem["type"] == "extra_forbidden":
            near = nearest(str(problem["loc"][-1]), _keys())
            words = f"unknown key {place!r}{near}"
        else:
            words = f"{place or 'file'}: {problem['msg']}"
        problems.append(f"{words} (at line {lines[place]})" if place in lines else words)
    return problems


def _override(values: dict[str, object], override: str) -> str:
    """Put one value in; gives its place."""
    key, equals, text = override.partition("=")
    if not equals or not key:
        raise InvalidConfig(f"--set {override}: must be key=value, such as grpo.steps=20")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidConfig(f"--set {override}: the value is not YAML: {error}") from error
    *sections, last = key.split(".")
    place = values
    for section in sections:
        inner = place.setdefault(section, {})
        if not isinstance(inner, dict):
            raise InvalidConfig(f"--set {override}: {section!r} is not a section")
        place = inner
    place[last] = value
    return key
