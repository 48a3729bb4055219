"""Whether two answers are the same but for the names by which their parts refer to each other.

A Terraform address or a logical id of CloudFormation names a part within the file and nowhere else:
two addresses exchanged in both places are the same answer. Decided by colour refinement
(Weisfeiler and Leman, 1968): parts that read alike and stand in like relations have one colour. It
may take two answers for one that are not, never the other way round. Pure.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping

_ROUNDS = 4
"""Steps along references after which parts that are still alike are taken for the same."""


def same_but_for_names(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two answers are, each given as the text of its parts by their names."""
    if len(one) != len(other):
        return False
    return Counter(_colours(one).values()) == Counter(_colours(other).values())


def _colours(parts: Mapping[str, str]) -> dict[str, int]:
    """A number for each part, the same for parts that are alike."""
    if not parts:
        return {}
    names = "|".join(map(re.escape, sorted(parts, key=len, reverse=True)))
    naming = re.compile(rf"(?<![\w.-])(?:{names})(?![\w-])")
    users: dict[str, set[str]] = defaultdict(set)
    for name, text in parts.items():
        for match in naming.finditer(text):
            users[match[0]].add(name)
    colours = dict.fromkeys(parts, 0)
    for _ in range(_ROUNDS):
        told = {
            name: naming.sub(lambda match: f"<{colours[match[0]]}>", text)  # noqa: B023
            for name, text in parts.items()
        }
        colours = {
            name: hash((told[name], tuple(sorted(colours[user] for user in users[name]))))
            for name in parts
        }
    return colours
