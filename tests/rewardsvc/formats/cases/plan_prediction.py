"""Predicted plans: what the tests of all formats try on them."""

from tests.rewardsvc.formats.format_cases import FormatCases
from tests.rewardsvc.formats.growth import around, many, nested

_CHANGE = '{"address": "a_b.c{i}", "type": "a_b", "actions": ["create"]},\n'

CASES = FormatCases(
    growing={
        "changes": around('{"resource_changes": [\n', many(_CHANGE), "{}]}\n"),
        "changes of one address": around(
            '{"resource_changes": [\n', many(_CHANGE.replace("{i}", "")), "{}]}\n"
        ),
        "a long address": around('{"resource_changes": [{"address": "a_b.', "module.", '"}]}\n'),
        "a long key of an instance": around(
            '{"resource_changes": [{"address": "a_b.c[\\"', "]\\\\", '\\"]", "type": "a_b"}]}\n'
        ),
        "attributes": around('{"resource_changes": [], ', many('"k{i}": 1,\n'), '"z": 0}\n'),
        "one key again and again": around("{", many('"k": 1,\n'), '"k": 0}\n'),
        "lists in lists": nested("[", "]"),
    },
    telling=("changes", "changes of one address", "a long address", "one key again and again"),
)
