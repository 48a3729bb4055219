"""Reads the YAML file that drives a run: an unknown key or a wrong value names its place."""

from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path

import yaml

from rewardsvc.errors import InvalidFile
from rewardsvc.yaml_file import YamlMapping, validated, yaml_mapping
from rl.configs.sections import Config
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
        said = yaml_mapping(text, shown)
    except InvalidFile as error:
        raise InvalidConfig(str(error)) from error
    values, lines = said.values, said.lines
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
        return validated(Config, YamlMapping(shown, dict(values), lines or {}))
    except InvalidFile as error:
        raise InvalidConfig(str(error)) from error


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
