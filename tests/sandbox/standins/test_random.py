"""The stand-in for hashicorp/random plans, makes and refuses what its documentation says."""

import base64
import re
import uuid

import pytest

from sandbox.standins.kinds.random import LONGEST
from sandbox.standins.values import UNKNOWN, Values
from tests.sandbox.standins.asking import Terraform, unknown

RANDOM = Terraform("random")

SMALLEST: dict[str, Values] = {
    "random_bytes": {"length": 4},
    "random_id": {"byte_length": 4},
    "random_integer": {"min": 1, "max": 6},
    "random_password": {"length": 12},
    "random_pet": {},
    "random_shuffle": {"input": ["a", "b", "c"]},
    "random_string": {"length": 12},
    "random_uuid": {},
}


def test_smallest_configurations_are_of_all_types() -> None:
    assert SMALLEST.keys() == RANDOM.kind.resources.keys()


@pytest.mark.parametrize("type_name", SMALLEST)
def test_what_it_makes_is_known_after_apply_and_stays(type_name: str) -> None:
    kind, config = RANDOM.kind.resources[type_name], SMALLEST[type_name]
    planned = RANDOM.plan(type_name, config).value
    assert planned is not None
    open_ = {name for name, value in planned.items() if unknown(value)}
    computed = {name for name, each in kind.attributes.items() if each.computed}
    assert open_ == {name for name in computed if not kind.attributes[name].optional}
    state = RANDOM.made(type_name, config)
    assert not any(map(unknown, state.values()))
    assert {name: state[name] for name in planned if name not in open_} == {
        name: value for name, value in planned.items() if name not in open_
    }
    again = RANDOM.plan(type_name, config, state)
    assert (again.value, again.replacing) == (state, ())


@pytest.mark.parametrize("type_name", SMALLEST)
def test_other_keepers_make_it_anew(type_name: str) -> None:
    config = {**SMALLEST[type_name], "keepers": {"ami": "a"}}
    state = RANDOM.made(type_name, config)
    changed = RANDOM.plan(type_name, {**config, "keepers": {"ami": "b"}}, state)
    assert changed.replacing == ("keepers",)
    later = RANDOM.plan(type_name, {**config, "keepers": {"ami": UNKNOWN}}, state)
    assert later.replacing == ("keepers",)


@pytest.mark.parametrize(
    ("type_name", "change"),
    [
        ("random_id", {"byte_length": 5}),
        ("random_integer", {"max": 7}),
        ("random_password", {"length": 13}),
        ("random_password", {"special": False}),
        ("random_password", {"numeric": False}),
        ("random_password", {"min_upper": 1}),
        ("random_pet", {"length": 3}),
        ("random_pet", {"separator": "_"}),
        ("random_pet", {"prefix": "p"}),
        ("random_shuffle", {"result_count": 2}),
        ("random_string", {"override_special": "-"}),
    ],
)
def test_any_other_argument_makes_it_anew(type_name: str, change: Values) -> None:
    state = RANDOM.made(type_name, SMALLEST[type_name])
    changed = RANDOM.plan(type_name, {**SMALLEST[type_name], **change}, state)
    assert set(change) <= set(changed.replacing) <= {*change, "number"}


@pytest.mark.parametrize("type_name", ["random_password", "random_string"])
def test_letters_are_chosen_from_all_four_kinds_unless_told_otherwise(type_name: str) -> None:
    planned = RANDOM.plan(type_name, {"length": 8}).value
    assert planned is not None
    on = {name for name, value in planned.items() if value is True}
    assert on == {"lower", "number", "numeric", "special", "upper"}
    assert {planned[f"min_{kind}"] for kind in ("lower", "numeric", "special", "upper")} == {0}
    assert planned["override_special"] is None


@pytest.mark.parametrize("written", ["number", "numeric"])
@pytest.mark.parametrize("value", [False, UNKNOWN])
def test_number_is_numeric_by_another_name(written: str, value: object) -> None:
    planned = RANDOM.plan("random_string", {"length": 8, written: value}).value
    assert planned is not None
    assert planned["number"] == planned["numeric"] == value


def test_number_and_numeric_are_not_to_differ() -> None:
    said = RANDOM.plan("random_string", {"length": 8, "number": True, "numeric": False})
    assert "both configured with different values" in said.errors[0]
    warned = RANDOM.validate("random_string", {"length": 8, "number": True})
    assert (warned.errors, len(warned.warnings)) == ((), 1)
    assert "use `numeric` instead" in warned.warnings[0]


REFUSED: list[tuple[str, Values, str]] = [
    ("random_password", {"length": 0}, "Attribute length value must be at least 1, got: 0"),
    ("random_bytes", {"length": -1}, "at least 1, got: -1"),
    (
        "random_string",
        {"length": 3, "min_upper": 2, "min_lower": 2},
        "at least sum of min_upper + min_lower + min_numeric + min_special, got: 3",
    ),
    ("random_string", {"length": 1.5}, "1.5 is not an integer"),
    ("random_string", {"length": "9" * 400}, "is not an integer"),
    ("random_integer", {"min": 0, "max": float(1 << 70)}, "is not an integer"),
    (
        "random_password",
        {"length": 8, "upper": False, "lower": False, "numeric": False, "special": False},
        "[special,upper,lower,numeric] must be specified as true",
    ),
]


@pytest.mark.parametrize(("type_name", "config", "why"), REFUSED)
def test_refuses_before_anything_is_planned(type_name: str, config: Values, why: str) -> None:
    (error,) = RANDOM.validate(type_name, config).errors
    assert why in error
    assert len(error) < 1000


@pytest.mark.parametrize(
    ("type_name", "config"),
    [
        *SMALLEST.items(),
        ("random_string", {"length": 4, "min_upper": 2, "min_lower": 2}),
        ("random_string", {"length": UNKNOWN, "min_upper": 2}),
        ("random_string", {"length": 1, "min_upper": UNKNOWN}),
        ("random_string", {"length": 8, "upper": False, "lower": False, "special": False}),
        ("random_integer", {"min": 9, "max": 1}),  # said at apply
        ("random_pet", {"length": 0}),
    ],
)
def test_accepts(type_name: str, config: Values) -> None:
    said = RANDOM.validate(type_name, config)
    assert (said.errors, said.warnings) == ((), ())


def test_makes_strings_as_asked() -> None:
    config: Values = {
        "length": 40,
        "min_numeric": 5,
        "min_special": 5,
        "override_special": "_",
        "lower": False,
    }
    result = RANDOM.made("random_string", config)["result"]
    assert re.fullmatch("[A-Z0-9_]{40}", result)
    assert len(re.findall("[0-9]", result)) >= 5 <= result.count("_")
    assert result != RANDOM.made("random_string", config)["result"]


def test_makes_a_password_whose_id_is_no_secret() -> None:
    state = RANDOM.made("random_password", {"length": 20})
    assert (len(state["result"]), state["id"]) == (20, "none")
    assert re.fullmatch(r"\$2a\$10\$[./A-Za-z0-9]{53}", state["bcrypt_hash"])


def test_tells_one_id_in_four_forms() -> None:
    state = RANDOM.made("random_id", {"byte_length": 2000, "prefix": "x-"})
    raw = bytes.fromhex(state["hex"].removeprefix("x-"))
    assert len(raw) == 2000
    assert base64.b64decode(state["b64_std"].removeprefix("x-")) == raw
    assert base64.urlsafe_b64decode(state["id"] + "=") == raw
    digits, value = state["dec"].removeprefix("x-"), 0
    for at in range(0, len(digits), 1000):
        part = digits[at : at + 1000]
        value = value * 10 ** len(part) + int(part)
    assert value == int.from_bytes(raw, "big")


def test_makes_pets_of_so_many_words() -> None:
    for length, separator in ((1, "-"), (2, "-"), (5, "_")):
        config: Values = {"length": length, "separator": separator, "prefix": "web"}
        name = RANDOM.made("random_pet", config)["id"]
        assert re.fullmatch(rf"web({separator}[a-z]+){{{length}}}", name)


@pytest.mark.parametrize(("count", "length"), [(None, 3), (0, 0), (2, 2), (7, 7)])
def test_shuffles_whole_rounds(count: int | None, length: int) -> None:
    config: Values = {"input": ["a", "b", "c"], "result_count": count}
    result = RANDOM.made("random_shuffle", config)["result"]
    assert len(result) == length
    assert sorted(result[:3]) == ["a", "b", "c"] or len(set(result)) == length < 3


def test_a_seed_gives_the_same_value_again() -> None:
    config: Values = {"min": 1, "max": 1_000_000, "seed": "s"}
    assert RANDOM.made("random_integer", config) == RANDOM.made("random_integer", config)
    assert uuid.UUID(RANDOM.made("random_uuid", {})["result"]).version == 4


@pytest.mark.parametrize(
    ("type_name", "config", "why"),
    [
        ("random_integer", {"min": 2, "max": 1}, "needs to be smaller than or equal to maximum"),
        ("random_string", {"length": LONGEST + 1}, f"is not from 0 to {LONGEST}"),
        ("random_string", {"length": 1 << 62, "min_upper": 1 << 61}, "is not from 0 to"),
        ("random_bytes", {"length": 1 << 40}, "is not from 0 to"),
        ("random_id", {"byte_length": 1 << 40}, "is more than"),
        ("random_id", {"byte_length": -1}, "is not from 0 to"),
        ("random_pet", {"length": 1 << 40}, "is not from 0 to"),
        ("random_shuffle", {"input": ["a"], "result_count": 1 << 40}, "is not from 0 to"),
    ],
)
def test_what_cannot_be_made_is_refused_at_apply_and_at_once(
    type_name: str, config: Values, why: str
) -> None:
    planned = RANDOM.plan(type_name, config)
    assert not planned.errors
    said = RANDOM.apply(type_name, planned.value)
    assert (said.value, len(said.errors)) == (None, 1)
    assert why in said.errors[0]


@pytest.mark.parametrize(
    ("type_name", "given", "config"),
    [
        ("random_bytes", "8/fu3q+2DcgSJ19i0jZ5Cw==", {"length": 16}),
        ("random_id", "p-,cZ5b", {"byte_length": 3, "prefix": "p-", "keepers": {}}),
        ("random_integer", "15390,1,50000", {"min": 1, "max": 50000}),
        ("random_password", "securepassword", {"length": 14}),
        ("random_string", "test", {"length": 4}),
        ("random_uuid", "aabbccdd-eeff-0011-2233-445566778899", {}),
    ],
)
def test_imports_what_is_there_already(type_name: str, given: str, config: Values) -> None:
    state = RANDOM.imported(type_name, given).value
    assert state is not None
    again = RANDOM.plan(type_name, config, state)
    assert (again.value, again.replacing) == (state, ())


@pytest.mark.parametrize(
    ("type_name", "given"),
    [
        ("random_bytes", "###"),
        ("random_id", "#"),
        ("random_integer", "1,2"),
        ("random_integer", "a,b,c"),
        ("random_pet", "a-pet"),
        ("random_shuffle", "-"),
        ("random_uuid", "none"),
    ],
)
def test_refuses_to_import(type_name: str, given: str) -> None:
    said = RANDOM.imported(type_name, given)
    assert (said.value, len(said.errors)) == (None, 1)


def test_opens_an_ephemeral_password() -> None:
    state = RANDOM.open("random_password", {"length": 30, "special": False}).value
    assert state is not None
    assert re.fullmatch("[A-Za-z0-9]{30}", state["result"])
    assert (state["upper"], state["special"], state["min_lower"]) == (True, False, 0)
