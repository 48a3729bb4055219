"""hashicorp/time 0.13.1.

Schema and rules: https://registry.terraform.io/providers/hashicorp/time/0.13.1/docs. ``time_sleep``
does not wait: the clouds that it waits for are not here. No resource is imported.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from sandbox.standins.moments import moment, moved, nanoseconds, written
from sandbox.standins.schema import (
    MAP_OF_STRING,
    NUMBER,
    STRING,
    Complaint,
    FunctionKind,
    ProviderKind,
    ResourceKind,
    SchemaAttribute,
    StandinRefused,
)
from sandbox.standins.validation import at_least, at_least_one_of, combination, mismatch, shown
from sandbox.standins.values import Value, Values, is_known, is_unknown

_DURATION = re.compile(r"[0-9]+(\.[0-9]+)?(ms|s|m|h)", re.ASCII)
_TRIGGERS = {"triggers": SchemaAttribute(MAP_OF_STRING, optional=True, replaces=True)}
_PARTS = ("year", "month", "day", "hour", "minute", "second")
_ID = SchemaAttribute(STRING, computed=True)
_TOLD = SchemaAttribute(STRING, computed=True, stays=False)
_NUMBERS = {name: SchemaAttribute(NUMBER, computed=True, stays=False) for name in (*_PARTS, "unix")}

_UNITS: Mapping[str, Callable[[datetime, int], datetime]] = {
    "days": lambda when, count: moved(when, days=count),
    "hours": lambda when, count: moved(when, seconds=count * 3600),
    "minutes": lambda when, count: moved(when, seconds=count * 60),
    "months": lambda when, count: moved(when, months=count),
    "seconds": lambda when, count: moved(when, seconds=count),
    "years": lambda when, count: moved(when, years=count),
}
"""In the order in which they are looked at: the last that is written counts."""

_ROTATING = tuple(unit for unit in _UNITS if unit != "seconds")


def _is_moment(name: str, value: Value, config: Values) -> Complaint | None:
    if moment(value) is not None:
        return None
    words = (
        "A string value was provided that is not valid RFC3339 string format.\n\n"
        f"Path: {name}\nGiven Value: {shown(value)}"
    )
    return Complaint("Invalid RFC3339 String Value", words, (name,))


def _is_duration(name: str, value: Value, config: Values) -> Complaint | None:
    if _DURATION.fullmatch(value):
        return None
    rule = (
        "must be a number immediately followed by ms (milliseconds), s (seconds), m (minutes), or "
        'h (hours). For example, "30s" for 30 seconds.'
    )
    return mismatch(name, rule, value)


def _given(*, replaces: bool) -> SchemaAttribute:
    return SchemaAttribute(
        STRING,
        optional=True,
        computed=True,
        replaces=replaces,
        stays=False,
        validators=(_is_moment,),
    )


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _read(value: Value) -> datetime:
    """A moment that was written, the present one where none was."""
    if not is_known(value) or value == "":
        return _now()
    found = moment(value)
    if found is None:
        raise StandinRefused(
            Complaint("RFC3339 error", f"{shown(value)} could not be parsed as RFC3339.")
        )
    return found


def _told(when: datetime) -> Values:
    return {**{name: getattr(when, name) for name in _PARTS}, "unix": int(when.timestamp())}


def _shifted(base: datetime, planned: Values, prefix: str, units: Iterable[str]) -> datetime:
    """The moment that is so much after another one."""
    after = base
    for unit in units:
        if count := planned.get(f"{prefix}_{unit}"):
            try:
                after = _UNITS[unit](base, count)
            except (OverflowError, ValueError) as error:
                words = f"{prefix}_{unit} leads beyond the years 1 to 9999."
                raise StandinRefused(Complaint("Time out of range", words)) from error
    return after


def _static(planned: Values) -> Values:
    when = _read(planned.get("rfc3339"))
    return {**planned, **_told(when), "rfc3339": written(when), "id": written(when)}


def _plan_static(config: Values, prior: Values | None, planned: Values) -> Iterable[Complaint]:
    """A moment that is written is known at once."""
    given: Value = planned.get("rfc3339")
    when = moment(given) if prior is None and is_known(given) else None
    if when is not None:
        planned.update(_told(when) | {"id": given})
    return ()


def _offset(planned: Values) -> Values:
    base = _read(planned.get("base_rfc3339"))
    after = _shifted(base, planned, "offset", _UNITS)
    name = written(base)
    return {
        **planned,
        **_told(after),
        "base_rfc3339": name,
        "rfc3339": written(after),
        "id": name,
    }


def _rotating(planned: Values) -> Values:
    base = _read(planned.get("rfc3339"))
    given = planned.get("rotation_rfc3339")
    turn = _read(given) if is_known(given) else _shifted(base, planned, "rotation", _ROTATING)
    name = written(base)
    return {
        **planned,
        **_told(base),
        "rfc3339": name,
        "rotation_rfc3339": written(turn),
        "id": name,
    }


def _replanned(
    names: tuple[str, ...], base: str, make: Callable[[Values], Values]
) -> Callable[[Values, Values | None, Values], Iterable[Complaint]]:
    """Where another offset is written for what is there, what it comes to is known at once."""

    def modify(config: Values, prior: Values | None, planned: Values) -> Iterable[Complaint]:
        if prior is None or all(prior.get(name) == planned.get(name) for name in names):
            return ()
        if any(is_unknown(config.get(name)) for name in (*names, base)):
            return ()
        start = {**planned, base: prior[base]} if config.get(base) is None else planned
        try:
            planned.update(make(start))
        except StandinRefused as refused:
            return refused.complaints
        return ()

    return modify


def _turned(state: Values) -> Values | None:
    """What rotates is gone when its time has come."""
    turn = moment(state.get("rotation_rfc3339") or "")
    return None if turn is not None and _now() > turn else state


def _offsets(prefix: str, units: Iterable[str], minimum: int | None) -> dict[str, SchemaAttribute]:
    validators = (at_least(minimum),) if minimum is not None else ()
    return {
        f"{prefix}_{unit}": SchemaAttribute(NUMBER, optional=True, validators=validators)
        for unit in units
    }


def _one_of(*names: str) -> Callable[[Values], Iterable[Complaint]]:
    return lambda config: at_least_one_of(names, config)


def _one_duration(config: Values) -> Iterable[Complaint]:
    names = ("create_duration", "destroy_duration")
    if all(config.get(name) is None for name in names):
        for name, other in (names, names[::-1]):
            words = f"At least one attribute out of [{other},{name}] must be specified"
            yield combination(name, words)


def _sleep(planned: Values) -> Values:
    return {**planned, "id": written(_now())}


_WAIT = SchemaAttribute(STRING, optional=True, validators=(_is_duration,))
_OFFSET_NAMES = tuple(f"offset_{unit}" for unit in _UNITS)
_ROTATION_NAMES = tuple(f"rotation_{unit}" for unit in _ROTATING)

_DATE: dict[str, str] = {
    **dict.fromkeys(
        (*_PARTS, "year_day", "weekday", "iso_year", "iso_week"),
        NUMBER,
    ),
    "month_name": STRING,
    "weekday_name": STRING,
}


def _date(when: datetime) -> Values:
    year, week, _ = when.isocalendar()
    return {
        **{name: getattr(when, name) for name in _PARTS},
        "year_day": when.timetuple().tm_yday,
        "weekday": when.isoweekday() % 7,
        "iso_year": year,
        "iso_week": week,
        "month_name": _MONTHS[when.month - 1],
        "weekday_name": _DAYS[when.weekday()],
    }


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _parse_moment(text: str) -> Values:
    when = moment(text)
    if when is None:
        words = f'Error parsing RFC3339 timestamp: "{shown(text)}" is not a valid RFC3339 timestamp'
        raise StandinRefused(Complaint(words))
    return {**_date(when), "unix": int(when.timestamp())}


def _parse_unix(number: Value) -> Values:
    try:
        when = datetime.fromtimestamp(int(number), UTC)
    except (OverflowError, ValueError, OSError) as error:
        words = f"{shown(number)} leads beyond the years 1 to 9999."
        raise StandinRefused(Complaint(words)) from error
    return {**_date(when), "rfc3339": written(when)}


def _parse_duration(text: str) -> Values:
    length = nanoseconds(text)
    if length is None:
        words = f'Error parsing duration string: "{shown(text)}" is not a valid duration string'
        raise StandinRefused(Complaint(words))
    whole = {
        name: int(length / unit) if abs(length) < 1 << 53 else length // unit
        for name, unit in (("milliseconds", 10**6), ("microseconds", 1000), ("nanoseconds", 1))
    }
    parts = {"hours": 3600 * 10**9, "minutes": 60 * 10**9, "seconds": 10**9}
    return {**{name: length / unit for name, unit in parts.items()}, **whole}


PROVIDER = ProviderKind(
    resources={
        "time_offset": ResourceKind(
            {
                **_TRIGGERS,
                **_NUMBERS,
                **_offsets("offset", _UNITS, None),
                "base_rfc3339": _given(replaces=False),
                "rfc3339": _TOLD,
                "id": _TOLD,
            },
            validate=_one_of(*_OFFSET_NAMES),
            modify=_replanned(_OFFSET_NAMES, "base_rfc3339", _offset),
            create=_offset,
            update=_offset,
        ),
        "time_rotating": ResourceKind(
            {
                **_TRIGGERS,
                **_NUMBERS,
                **_offsets("rotation", _ROTATING, 1),
                "rfc3339": _given(replaces=True),
                "rotation_rfc3339": _given(replaces=False),
                "id": _TOLD,
            },
            validate=_one_of(*_ROTATION_NAMES, "rotation_rfc3339"),
            modify=_replanned(_ROTATION_NAMES, "rfc3339", _rotating),
            create=_rotating,
            update=_rotating,
            refresh=_turned,
        ),
        "time_sleep": ResourceKind(
            {**_TRIGGERS, "create_duration": _WAIT, "destroy_duration": _WAIT, "id": _ID},
            validate=_one_duration,
            create=_sleep,
        ),
        "time_static": ResourceKind(
            {**_TRIGGERS, **_NUMBERS, "rfc3339": _given(replaces=True), "id": _ID},
            modify=_plan_static,
            create=_static,
        ),
    },
    functions={
        "duration_parse": FunctionKind(
            {"duration": STRING},
            [
                "object",
                dict.fromkeys(
                    (
                        *("hours", "minutes", "seconds"),
                        *("milliseconds", "microseconds", "nanoseconds"),
                    ),
                    NUMBER,
                ),
            ],
            _parse_duration,
        ),
        "rfc3339_parse": FunctionKind(
            {"timestamp": STRING}, ["object", {**_DATE, "unix": NUMBER}], _parse_moment
        ),
        "unix_timestamp_parse": FunctionKind(
            {"unix_timestamp": NUMBER}, ["object", {**_DATE, "rfc3339": STRING}], _parse_unix
        ),
    },
)
