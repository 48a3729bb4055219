"""The stand-in for hashicorp/time knows moments, and says at plan what can be known."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.standins.moments import moment, moved, nanoseconds, written
from sandbox.standins.schema import StandinRefused
from sandbox.standins.values import UNKNOWN, Values
from tests.sandbox.standins.asking import Terraform, unknown

TIME = Terraform("time")


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("2020-02-12T06:36:13Z", "2020-02-12T06:36:13Z"),
        ("2020-02-12T06:36:13.5Z", "2020-02-12T06:36:13Z"),
        ("2020-02-12T06:36:13+00:00", "2020-02-12T06:36:13Z"),
        ("2020-02-12T06:36:13-07:30", "2020-02-12T06:36:13-07:30"),
        ("2020-02-30T06:36:13Z", None),
        ("2020-02-12 06:36:13Z", None),
        ("2020-02-12T06:36:13", None),
        ("2020-02-12", None),
        ("٢٠٢٠-02-12T06:36:13Z", None),
        ("", None),
        ("2020-02-12T06:36:13." + "5" * 10**6 + "Z", None),
    ],
)
def test_reads_moments(text: str, again: str | None) -> None:
    found = moment(text)
    assert (None if found is None else written(found)) == again


def test_a_day_that_its_month_lacks_is_one_of_the_next() -> None:
    start = datetime(2023, 1, 31, 12, tzinfo=UTC)
    assert moved(start, months=1) == datetime(2023, 3, 3, 12, tzinfo=UTC)
    assert moved(datetime(2024, 2, 29, tzinfo=UTC), years=1) == datetime(2025, 3, 1, tzinfo=UTC)
    assert moved(start, months=-13) == datetime(2021, 12, 31, 12, tzinfo=UTC)
    assert moved(start, days=1, seconds=1) == start + timedelta(days=1, seconds=1)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30s", 30 * 10**9),
        ("1h30m", 5400 * 10**9),
        ("-1.5ms", -1_500_000),
        ("0", 0),
        (".5s", 500_000_000),
        ("1d", None),
        ("1", None),
        ("", None),
        ("9" * 40 + "h", None),
        ("1s" * 10**6, None),
    ],
)
def test_reads_durations(text: str, length: int | None) -> None:
    assert nanoseconds(text) == length


MADE: dict[str, Values] = {
    "time_offset": {"offset_days": 7},
    "time_rotating": {"rotation_days": 30},
    "time_sleep": {"create_duration": "30s"},
    "time_static": {},
}


@pytest.mark.parametrize("type_name", MADE)
def test_what_it_makes_is_known_after_apply_and_stays(type_name: str) -> None:
    kind, config = TIME.kind.resources[type_name], MADE[type_name]
    planned = TIME.plan(type_name, config).value
    assert planned is not None
    computed = {name for name, each in kind.attributes.items() if each.computed}
    assert {name for name, value in planned.items() if unknown(value)} == computed
    state = TIME.made(type_name, config)
    assert not any(map(unknown, state.values()))
    again = TIME.plan(type_name, config, state)
    assert (again.value, again.replacing) == (state, ())
    assert TIME.refreshed(type_name, state) == state
    changed = TIME.plan(type_name, {**config, "triggers": {"a": "1"}}, state)
    assert "triggers" in changed.replacing


def test_a_moment_that_is_written_is_known_at_plan() -> None:
    planned = TIME.plan("time_static", {"rfc3339": "2020-02-12T06:36:13Z"}).value
    assert planned is not None and not any(map(unknown, planned.values()))
    assert (planned["year"], planned["unix"]) == (2020, 1581489373)
    later = TIME.plan("time_static", {"rfc3339": UNKNOWN}).value
    assert later is not None and unknown(later["unix"])


def test_an_offset_leads_from_its_base() -> None:
    base = "2020-02-12T06:36:13Z"
    state = TIME.made("time_offset", {"base_rfc3339": base, "offset_months": 1})
    assert (state["rfc3339"], state["id"], state["month"]) == ("2020-03-12T06:36:13Z", base, 3)
    changed = TIME.plan("time_offset", {"base_rfc3339": base, "offset_hours": -7}, state).value
    assert changed is not None and changed["rfc3339"] == "2020-02-11T23:36:13Z"
    kept = TIME.plan("time_offset", {"offset_days": 1}, state).value
    assert kept is not None and kept["rfc3339"] == "2020-02-13T06:36:13Z"


def test_what_rotates_is_gone_when_its_time_has_come() -> None:
    past = TIME.made("time_rotating", {"rfc3339": "2020-01-01T00:00:00Z", "rotation_days": 30})
    assert past["rotation_rfc3339"] == "2020-01-31T00:00:00Z"
    assert TIME.refreshed("time_rotating", past) is None


@pytest.mark.parametrize(
    ("type_name", "config", "why", "count"),
    [
        ("time_offset", {}, "At least one of these attributes must be configured", 1),
        ("time_rotating", {}, "rotation_rfc3339]", 1),
        ("time_rotating", {"rotation_days": 0}, "must be at least 1, got: 0", 1),
        ("time_sleep", {}, "At least one attribute out of [", 2),
        ("time_sleep", {"create_duration": "30 seconds"}, "immediately followed by ms", 1),
        ("time_sleep", {"destroy_duration": "1h30m"}, "immediately followed by ms", 1),
        ("time_static", {"rfc3339": "yesterday"}, "not valid RFC3339 string format", 1),
    ],
)
def test_refuses(type_name: str, config: Values, why: str, count: int) -> None:
    errors = TIME.validate(type_name, config).errors
    assert len(errors) == count
    assert all(why in error for error in errors)


@pytest.mark.parametrize("unit", ["years", "months", "days", "hours", "seconds"])
@pytest.mark.parametrize("count", [(1 << 63) - 1, -(1 << 63)])
def test_a_moment_beyond_all_years_is_refused_at_once(unit: str, count: int) -> None:
    planned = TIME.plan("time_offset", {f"offset_{unit}": count})
    (error,) = TIME.apply("time_offset", planned.value).errors
    assert "beyond the years" in error


def test_functions_take_moments_and_durations_apart() -> None:
    functions = {name: each.call for name, each in TIME.kind.functions.items()}
    found = functions["rfc3339_parse"]("2023-07-25T23:43:16Z")
    expected: dict[str, Any] = {
        "year": 2023,
        "year_day": 206,
        "month_name": "July",
        "weekday": 2,
        "weekday_name": "Tuesday",
        "iso_week": 30,
        "unix": 1690328596,
    }
    assert expected.items() <= found.items()
    back = functions["unix_timestamp_parse"](1690328596)
    assert back["rfc3339"] == "2023-07-25T23:43:16Z"
    assert found.keys() == TIME.kind.functions["rfc3339_parse"].result[1].keys()  # type: ignore[union-attr]
    length = functions["duration_parse"]("1h")
    assert (length["hours"], length["minutes"], length["nanoseconds"]) == (1, 60, 3600 * 10**9)
    for name, bad in (
        ("rfc3339_parse", "now"),
        ("duration_parse", "1 hour"),
        ("unix_timestamp_parse", 1 << 62),
    ):
        with pytest.raises(StandinRefused):
            functions[name](bad)
