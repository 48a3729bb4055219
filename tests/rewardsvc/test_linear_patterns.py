"""No regular expression takes more than linear time, whatever the text of an answer or a task.

Nobody adds a row for a new expression: all are found in the source, and what is worst for each is
derived from it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rewardsvc.answer import USUAL_MARKERS
from sandbox.terraform.plugins.providers import KNOWN, row
from tests.rewardsvc.hostile_patterns import (
    OF_THE_WHOLE,
    Pattern,
    attacks_on,
    patterns_of,
    slow_length,
)

ROOT = Path(__file__).parents[2]

MUTANTS = tuple((ROOT / "rewardsvc/formats").glob("*/mutants*"))
"""Of a format, a module or a folder."""

FOLDERS = ("rewardsvc", "sandbox/hcl", "sandbox/terraform")

WITHOUT = (
    "rewardsvc/audit/",  # reads its own files and references, on the machine of who measures
    "rewardsvc/cli/",  # reads its own flags
    "rewardsvc/llm/",  # reads its own settings
    "rewardsvc/settings_file.py",  # reads the operator's file
    # mutants of references, on the machine of who measures
    *(each.relative_to(ROOT).as_posix() for each in MUTANTS),
)
"""What meets no completion and no task in a server."""

MADE: Mapping[str, Sequence[str]] = {
    "rewardsvc/answer.py:of": [USUAL_MARKERS.pattern.pattern, USUAL_MARKERS.beginning.pattern],
    # Patterns of keys in published schemas.
    "rewardsvc/verification/objections.py:_unheard_of": ["^x-", "^[a-zA-Z0-9._-]+$"],
    # An answer's pattern is compiled there, and never looked for.
    "rewardsvc/formats/kubernetes/refusals/finders/monitoring.py:pattern": [],
    "rewardsvc/checks/named/base.py:at": [r'(?<![\w"])(?:[A-Za-z_][\w/-]*|"[^"\\]+")'],
    **dict.fromkeys(
        (
            f"rewardsvc/formats/compose/values.py:{name}"
            for name in ("matching", "one_of", "problems")
        ),
        (
            r"on-failure(?::\d+)?",
            r"[^:/]*+[:/](?s:.*)",
            r"(?i:(?:CAP_)?(?:ALL|NET_ADMIN|SYS_TIME))",
            r"(?i:(?:SIG)?(?:TERM|KILL|RTM(?:IN|AX)(?:[+-]\d+)?))|\d{1,2}",
            r"(?s)/.*|[A-Za-z]:.*",
            r"(?s).{0,63}",
            r"[a-zA-Z0-9][a-zA-Z0-9_.-]+",
        ),
    ),
    "rewardsvc/fences.py:fenced_blocks": [r"^[ \t]{0,7}`{3,}+[ \t]*+$", r"^[ \t]{1,4}"],
    "sandbox/terraform/lacking.py:_beyond_emulators": sorted(
        {found.gap for source in KNOWN if (found := row(source)) and found.gap}
    ),
    "sandbox/terraform/outcome.py:_see_emulated": [r"dial tcp: lookup|no such host"],
    "sandbox/hcl/outline.py:_comment_or_heredoc": [r"^[ \t]*EOT[ \t\r]*$"],
}
"""Examples of expressions that a function makes when it runs."""


def _once(found: Iterable[Pattern]) -> Iterator[Pattern]:
    """Each use of an expression once: what a module imports is found there again."""
    seen: set[tuple[re.Pattern[Any], str]] = set()
    for pattern in found:
        methods = {"finditer" if each in OF_THE_WHOLE else each for each in pattern.methods}
        uses = {(pattern.compiled, method) for method in methods} - seen
        seen |= uses
        yield replace(pattern, methods=frozenset(method for _, method in uses))


def _slow(pattern: Pattern) -> str:
    """What takes too long, with an example; "" where nothing does."""
    for attack in attacks_on(pattern.compiled):
        for method in sorted(pattern.methods):
            if length := slow_length(pattern.compiled, method, attack):
                what = f"{pattern.place}: {method} of {pattern.compiled.pattern!r}"
                return f"{what} on {length} characters like {attack(40)!r}"
    return ""


@pytest.mark.parametrize(
    ("was", "method"),
    [
        (r"(\S*)\s*(==?|!=|-eq|-ne|-lt|-gt|-le|-ge|<|>)\s*(\S*)", "fullmatch"),
        (r"\d*<<-?(?!<)\s*(['\"]?)([A-Za-z_][\w.-]*)\1", "finditer"),
        (r"(?s)'[^']*'|\"(?:[^\"\\$`]|\\.)*\"", "sub"),
        (r'"?([A-Za-z_][\w-]*)"?[ \t]*[=:][ \t]*("(?:[^"\\$%\n]|\\.|[$%](?!\{))+")', "finditer"),
        (r"^\s*(?:on|with) .*?(?:on )?(\S+) line (\d+)", "search"),
        (r"\[([^\[\]]*,[^\[\]]*)\]", "findall"),
        (r"#!\s*\S*?(?:env\s+(?:-S\s+)?)?([\w.-]+)(?:\s|$)", "match"),
        (r"(?ms)^panic: .*^goroutine \d+ \[", "search"),
        (r"(a+)+b", "match"),
    ],
)
def test_an_expression_that_tries_every_way_is_found_out(was: str, method: str) -> None:
    assert _slow(Pattern("was", re.compile(was), frozenset({method})))


def test_every_expression_takes_linear_time() -> None:
    found = list(patterns_of(ROOT, FOLDERS, WITHOUT, MADE))
    assert len(found) > 100
    assert list(filter(None, map(_slow, _once(found)))) == []
