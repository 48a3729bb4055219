"""Makes functions that fail undefined, as they are to ``opa eval``. Pure.

To OPA, ``startswith(x, "a")`` of an x that is null is undefined, and the rule goes on with the next
x; to regorus it ends the whole query, and what it would take to say otherwise is not in its Python
package. So calls of functions that can fail are made calls of functions of ours that look at the
arguments first, and so is the collection of ``some x in xs``, which may be null. The same way come
back those of version 0 that regorus lacks (``any``,
``re_match``). https://www.openpolicyagent.org/docs/latest/policy-reference/#built-in-functions
"""

from collections.abc import Iterator, Sequence

from rewardsvc.checks.rego.declarations import declarations
from rewardsvc.checks.rego.tokens import Token, replaced, tokens

_PACKAGE = "assay_lenient"

_COLLECTION = 'type_name({0}) in {{"array", "set"}}'
_NUMBER = r"`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`"
_UNIT = r"`^\"?[0-9.]+(e[+-]?[0-9]+)?[A-Za-z]{0,3}\"?$`"

_GUARDS = {
    **{
        name: ("a, b", "is_string(a); is_string(b)")
        for name in (
            "contains",
            "endswith",
            "indexof",
            "split",
            "startswith",
            "trim",
            "trim_left",
            "trim_prefix",
            "trim_right",
            "trim_suffix",
        )
    },
    **{name: ("a", "is_string(a)") for name in ("lower", "trim_space", "upper")},
    **{name: ("a", "is_number(a)") for name in ("abs", "ceil", "floor", "round")},
    **{name: ("a", _COLLECTION.format("a")) for name in ("max", "min", "sort")},
    **{
        name: ("a", f"{_COLLECTION.format('a')}; every x in a {{ is_number(x) }}")
        for name in ("product", "sum")
    },
    "base64.decode": ("a", "is_string(a); base64.is_valid(a)"),
    "concat": ("a, b", f"is_string(a); {_COLLECTION.format('b')}; every x in b {{ is_string(x) }}"),
    "count": ("a", 'type_name(a) in {"array", "object", "set", "string"}'),
    "format_int": ("a, b", "is_number(a); b in {2, 8, 10, 16}"),
    "glob.match": ("a, b, c", "is_string(a); is_string(c)"),
    "json.unmarshal": ("a", "is_string(a); json.is_valid(a)"),
    "net.cidr_contains": ("a, b", "net.cidr_is_valid(a); is_address(b)"),
    "object.get": ("a, b, c", "is_object(a)"),
    "object.keys": ("a", "is_object(a)"),
    "regex.find_n": ("a, b, c", "is_string(a); regex.is_valid(a); is_string(b); is_number(c)"),
    "regex.match": ("a, b", "is_string(a); regex.is_valid(a); is_string(b)"),
    "regex.replace": ("a, b, c", "is_string(a); is_string(b); regex.is_valid(b); is_string(c)"),
    "regex.split": ("a, b", "is_string(a); regex.is_valid(a); is_string(b)"),
    "replace": ("a, b, c", "is_string(a); is_string(b); is_string(c)"),
    "substring": ("a, b, c", "is_string(a); is_number(b); b >= 0; is_number(c)"),
    "units.parse": ("a", f"is_string(a); regex.match({_UNIT}, a)"),
    "units.parse_bytes": ("a", f"is_string(a); regex.match({_UNIT}, a)"),
    "yaml.unmarshal": ("a", "is_string(a); yaml.is_valid(a)"),
}
"""Functions: their arguments, and when they do not fail."""

_WRITTEN = {
    "all": "all_(a) := count([1 | some x in a; x != true]) == 0",
    "any": "any_(a) := count([1 | some x in a; x == true]) > 0",
    "cast_array": "cast_array_(a) := [x | some x in a]",
    "cast_boolean": "cast_boolean_(a) := a if is_boolean(a)",
    "cast_null": "cast_null_(a) := a if is_null(a)",
    "cast_object": "cast_object_(a) := a if is_object(a)",
    "cast_set": "cast_set_(a) := {x | some x in a}",
    "cast_string": "cast_string_(a) := a if is_string(a)",
    "net.cidr_overlap": (
        "net_cidr_overlap_(a, b) := net.cidr_contains(a, b) if {"
        " net.cidr_is_valid(a); is_address(b) }"
    ),
    "re_match": "re_match_(a, b) := regex.match(a, b) if { regex.is_valid(a); is_string(b) }",
    "set_diff": "set_diff_(a, b) := a - b",
    "sprintf": (
        "sprintf_(a, b) := v if { is_string(a); is_array(b); v := sprintf(a, b) }"
        " else := a if is_string(a)"
    ),
    "to_number": (
        "to_number_(a) := to_number(a) if not is_string(a)\n"
        f"to_number_(a) := to_number(a) if {{ is_string(a); regex.match({_NUMBER}, a) }}"
    ),
}
"""Functions that regorus lacks, and such as need more than a guard."""

_EACH = "each_"

_SHARED = f"""\
{_EACH}(a) := a if type_name(a) in {{"array", "object", "set"}}
is_address(a) if {{ is_string(a); net.cidr_is_valid(a) }}
is_address(a) if {{ is_string(a); net.cidr_is_valid(concat("/", [a, "32"])) }}
is_address(a) if {{ is_string(a); net.cidr_is_valid(concat("/", [a, "128"])) }}
"""


def _own(name: str) -> str:
    return name.replace(".", "_") + "_"


LENIENT = "\n".join(
    (
        f"package {_PACKAGE}",
        "import rego.v1",
        _SHARED,
        *(
            f"{_own(name)}({arguments}) := {name}({arguments}) if {{ {guard} }}"
            for name, (arguments, guard) in _GUARDS.items()
        ),
        *_WRITTEN.values(),
    )
)
"""The module with our functions, in version 1."""

_OURS = _GUARDS.keys() | _WRITTEN.keys()


def lenient(text: str) -> str:
    """A module or a query that calls our functions."""
    found = list(tokens(text))
    calls = list(_calls(found))
    # A function that a policy defines itself is its own.
    defined = {name for name, first, _ in calls if first.first and not first.depth}
    edits = [
        (first.start, last.end, f"data.{_PACKAGE}.{_own(name)}")
        for name, first, last in calls
        if name in _OURS - defined
    ]
    for each in declarations(found):
        if each.of:
            start, end = found[each.of.start].start, found[each.of.stop - 1].end
            edits += ((start, start, f"data.{_PACKAGE}.{_EACH}("), (end, end, ")"))
    return replaced(text, edits)


def _calls(found: Sequence[Token]) -> Iterator[tuple[str, Token, Token]]:
    """What is called by name: the name, its first token and its last."""
    for at, token in enumerate(found):
        if token.kind != "word" or (at and found[at - 1].value == "."):
            continue
        last = at
        while _adjoins(found, last, ".") and found[last + 2 : last + 3]:
            last += 2
        if _adjoins(found, last, "("):
            name = "".join(each.value for each in found[at : last + 1])
            yield name, token, found[last]


def _adjoins(found: Sequence[Token], at: int, sign: str) -> bool:
    """Whether a sign follows a token at once."""
    after = found[at + 1 : at + 2]
    return bool(after) and after[0].value == sign and after[0].start == found[at].end
