"""What a format gives to the tests that try every format: one module in ``formats/cases`` each.

docs/adding-a-format.md says what is asked of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from tests.rewardsvc.formats.growth import COMPLETIONS, TEXTS, YAML, Growth, fenced

Words = Sequence[tuple[str, Sequence[tuple[Mapping[str, Any], bool]]]]
"""Named checks, each with arguments, and whether it holds of the answer with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatCases:
    """Of one format."""

    growing: Mapping[str, Growth]
    """Its own files by what grows in them, beside those of every format and those of YAML."""
    telling: Sequence[str]
    """Names of the texts that are likeliest to be slow: they are tried by `make test`, all of them
    by `make test-slow`."""
    completions: Mapping[str, Growth] = field(default_factory=dict)
    """Whole completions that grow: of several files, or of one under another name."""
    answer: str | Mapping[str, str] = ""
    """What the words are tried on: a file, or files by their paths."""
    given: str = ""
    """The task's input, where the answer is looked at with it."""
    words: Words = ()
    """Each word of the format once where it holds and once where it does not, at least."""

    def texts(self, label: str) -> Mapping[str, Growth]:
        """All completions that grow, in fences with that label."""
        files = {**TEXTS, **(YAML if label == "yaml" else {}), **self.growing}
        return {
            **{name: _labelled(label, grow) for name, grow in COMPLETIONS.items()},
            **{name: fenced(label, grow) for name, grow in files.items()},
            **self.completions,
        }


def has(path: str, value: Any) -> dict[str, Any]:
    """The arguments of a word about one attribute."""
    return {"attributes": [{"path": path, "value": value}]}


def _labelled(label: str, grow: Growth) -> Growth:
    return lambda size: grow(size).replace("{label}", label)


@cache
def cases_of(format_name: str) -> FormatCases | None:
    """Those of a format; None where it has given none."""
    module = f"tests.rewardsvc.formats.cases.{format_name.replace('-', '_')}"
    if find_spec(module) is None:
        return None
    found: FormatCases = import_module(module).CASES
    return found
