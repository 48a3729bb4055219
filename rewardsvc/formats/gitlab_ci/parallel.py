"""The jobs that a parallel job becomes, which others may name one by one.

GitLab names them ``test 1/3`` and ``build: [linux, amd64]``
(``lib/gitlab/ci/config/normalizer/{number,matrix}_strategy.rb``, docs.gitlab.com/ci/yaml,
"parallel:matrix", "Fetch artifacts from a parallel:matrix job").
"""

import re
from itertools import islice, product
from typing import Any

_NUMBERED = re.compile(r"(?s)(?P<job>.+) (?P<at>\d{1,3})/(?P<total>\d{1,3})")

MOST = 200
"""Jobs that GitLab makes of one; what a larger matrix would have is left alone."""


def whole_of(name: str) -> str:
    """The name of the job that one of this name would be a part of; empty where it is no part's."""
    numbered = _NUMBERED.fullmatch(name)
    return numbered["job"] if numbered else _of_a_matrix(name)[0]


def has_part(parallel: Any, name: str) -> bool:
    """Whether a job with this ``parallel`` becomes jobs among which one has this name."""
    numbered = _NUMBERED.fullmatch(name)
    if numbered and type(parallel) is int:
        return int(numbered["total"]) == parallel and 1 <= int(numbered["at"]) <= parallel
    whole, named = _of_a_matrix(name)
    matrix = parallel.get("matrix") if isinstance(parallel, dict) else None
    if not whole or not isinstance(matrix, list):
        return False
    if "$" in str(matrix):
        return True  # a variable or an input decides
    entries = [entry for entry in matrix if isinstance(entry, dict)]
    combined = (values for entry in entries for values in product(*map(_listed, entry.values())))
    return any(named == ", ".join(map(str, values)) for values in islice(combined, MOST))


def _of_a_matrix(name: str) -> tuple[str, str]:
    whole, mark, rest = name.partition(": [")
    return (whole, rest[:-1]) if mark and rest.endswith("]") else ("", "")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
