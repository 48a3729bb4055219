"""hashicorp/random 3.7.2.

Schema and rules: https://registry.terraform.io/providers/hashicorp/random/3.7.2/docs. What is made
at apply comes from the system's generator; a ``seed`` gives the same value again, but another one
than the real provider's. ``bcrypt_hash`` has the form of a hash and is none.
"""

import base64
import secrets
import string
import uuid
from collections.abc import Iterable, Mapping
from random import Random

from sandbox.standins.schema import (
    BOOL,
    LIST_OF_STRING,
    MAP_OF_STRING,
    NUMBER,
    STRING,
    Complaint,
    DataKind,
    ProviderKind,
    ResourceKind,
    SchemaAttribute,
    StandinRefused,
    Validator,
)
from sandbox.standins.validation import at_least, at_least_sum_of, combination
from sandbox.standins.values import Value, Values, is_known, is_unknown

LONGEST = 1 << 20
"""Letters, bytes or words of what is made; the real one makes as many as its memory holds."""

NO_STRING = "none"
"""The id of what is not to be referred to by it."""

_SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
_DEPRECATED = "**NOTE**: This is deprecated, use `numeric` instead."
_BCRYPT = "./" + string.ascii_letters + string.digits

_KEEPERS = {"keepers": SchemaAttribute(MAP_OF_STRING, optional=True, replaces=True)}
_ID = SchemaAttribute(STRING, computed=True)
_TEXT = SchemaAttribute(STRING, optional=True, replaces=True)
_COUNT = SchemaAttribute(NUMBER, required=True, replaces=True)
_MADE = SchemaAttribute(STRING, computed=True)
_SECRET = SchemaAttribute(STRING, computed=True, sensitive=True)

_CLASSES: Mapping[str, str] = {
    "lower": string.ascii_lowercase,
    "numeric": string.digits,
    "special": _SPECIAL,
    "upper": string.ascii_uppercase,
}
_LEAST = tuple(f"min_{name}" for name in ("upper", "lower", "numeric", "special"))


def _one_is_true(*others: str) -> Validator:
    """At least one of these is to be true, where all are written."""

    def validator(name: str, value: Value, config: Values) -> Complaint | None:
        values = [value, *(config.get(other) for other in others)]
        if any(each is None or is_unknown(each) or each for each in values):
            return None
        among = ",".join((*others, name))
        words = f"At least one attribute out of [{among}] must be specified as true"
        return combination(name, words)

    return validator


def _string_attributes(*, planned: bool) -> dict[str, SchemaAttribute]:
    """What ``random_string`` and ``random_password`` take; ``planned``: with defaults in the plan,
    where an ephemeral one has them when it is opened."""

    def choice(on: bool | int) -> SchemaAttribute:
        kind = BOOL if isinstance(on, bool) else NUMBER
        default = on if planned else None
        return SchemaAttribute(kind, optional=True, computed=True, default=default, replaces=True)

    return {
        "length": SchemaAttribute(
            NUMBER,
            required=True,
            replaces=True,
            validators=(at_least(1), at_least_sum_of(*_LEAST)),
        ),
        "lower": choice(True),
        "special": choice(True),
        "upper": choice(True),
        "numeric": SchemaAttribute(
            BOOL,
            optional=True,
            computed=True,
            replaces=True,
            stays=False,
            validators=(_one_is_true("special", "upper", "lower"),),
        ),
        **{name: choice(0) for name in _LEAST},
        "override_special": _TEXT,
    }


_NUMBER = {
    "number": SchemaAttribute(
        BOOL,
        optional=True,
        computed=True,
        replaces=True,
        stays=False,
        deprecated=_DEPRECATED,
        validators=(_one_is_true("special", "upper", "lower"),),
    )
}


def _numeric(config: Values, prior: Values | None, planned: Values) -> Iterable[Complaint]:
    """``number`` and ``numeric`` are one: what either says, true where neither says anything."""
    number, numeric = config.get("number"), config.get("numeric")
    if number is not None and numeric is not None:
        if (is_known(number) and number) != (is_known(numeric) and numeric):
            yield Complaint(
                "Number and numeric are both configured with different values",
                "Number is deprecated, use numeric instead",
            )
        return
    value = number if number is not None else numeric if numeric is not None else True
    planned["number"] = planned["numeric"] = value


def _letters(wanted: Values) -> str:
    """A string as it was asked for."""
    classes = {**_CLASSES, "special": wanted.get("override_special") or _SPECIAL}
    length = _bounded(wanted["length"])
    least = {name: _bounded(wanted.get(f"min_{name}") or 0) for name in classes}
    alphabet = "".join(letters for name, letters in classes.items() if wanted.get(name))
    made = [secrets.choice(classes[name]) for name, count in least.items() for _ in range(count)]
    if len(made) < length and not alphabet:
        raise StandinRefused(
            Complaint("Random Read Error", "There are no characters to choose from.")
        )
    made += [secrets.choice(alphabet) for _ in range(length - len(made))]
    secrets.SystemRandom().shuffle(made)
    return "".join(made)


def _bounded(count: int) -> int:
    if not 0 <= count <= LONGEST:
        raise StandinRefused(
            Complaint(
                "Random Read Error", f"{count} is not from 0 to {LONGEST}, as much as is made here."
            )
        )
    return count


def _hash_form() -> str:
    return "$2a$10$" + "".join(secrets.choice(_BCRYPT) for _ in range(53))


def _string(planned: Values) -> Values:
    result = _letters(planned)
    return {**planned, "id": result, "result": result}


def _password(planned: Values) -> Values:
    made = {"id": NO_STRING, "result": _letters(planned), "bcrypt_hash": _hash_form()}
    return {**planned, **made}


def _open_password(config: Values) -> Values:
    written = {name: value for name, value in config.items() if value is not None}
    wanted = {**dict.fromkeys(_CLASSES, True), **dict.fromkeys(_LEAST, 0), **written}
    return {**config, **wanted, "result": _letters(wanted), "bcrypt_hash": _hash_form()}


def _imported_string(given: str, **more: Value) -> Values:
    return {
        **dict.fromkeys((*_CLASSES, "number"), True),
        **dict.fromkeys(_LEAST, 0),
        "length": len(given.encode()),
        "result": given,
        **more,
    }


def _imported_password(given: str) -> Values:
    return _imported_string(given, id=NO_STRING, bcrypt_hash=_hash_form())


def _id_of(raw: bytes, prefix: str) -> Values:
    plain = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    return {
        "id": plain,
        "b64_url": prefix + plain,
        "b64_std": prefix + base64.b64encode(raw).decode(),
        "hex": prefix + raw.hex(),
        "dec": prefix + _decimal(raw),
    }


def _decimal(raw: bytes) -> str:
    """In decimal digits; Python writes only so many of them at once."""
    value, digits = int.from_bytes(raw, "big"), []
    while value >= 10**4000:
        value, rest = divmod(value, 10**4000)
        digits.append(f"{rest:04000}")
    return "".join((str(value), *reversed(digits)))


def _id(planned: Values) -> Values:
    raw = secrets.token_bytes(_bounded_id(planned["byte_length"]))
    return {**planned, **_id_of(raw, planned.get("prefix") or "")}


def _bounded_id(count: int) -> int:
    """Its decimal digits take time with the square of their number."""
    if count > LONGEST >> 6:
        raise StandinRefused(
            Complaint("Random Read Error", f"{count} is more than {LONGEST >> 6} bytes.")
        )
    return _bounded(count)


def _imported_id(given: str) -> Values:
    prefix, comma, plain = given.rpartition(",")
    raw = _decoded(plain, "Import Random ID Error", urlsafe=True)
    return {
        "byte_length": len(raw),
        "keepers": {},
        "prefix": prefix if comma and prefix else None,
        **_id_of(raw, prefix),
    }


def _decoded(given: str, summary: str, *, urlsafe: bool = False) -> bytes:
    padded = given + "=" * (-len(given) % 4) if urlsafe else given
    try:
        return base64.b64decode(padded, altchars=b"-_" if urlsafe else None, validate=True)
    except ValueError as error:
        raise StandinRefused(Complaint(summary, f"It is not base64: {error}.")) from error


def _bytes(planned: Values) -> Values:
    return {**planned, **_bytes_of(secrets.token_bytes(_bounded(planned["length"])))}


def _bytes_of(raw: bytes) -> Values:
    return {"base64": base64.b64encode(raw).decode(), "hex": raw.hex()}


def _imported_bytes(given: str) -> Values:
    raw = _decoded(given, "Import Random bytes Error")
    return {"length": len(raw), **_bytes_of(raw)}


def _integer(planned: Values) -> Values:
    low, high = planned["min"], planned["max"]
    if high < low:
        raise StandinRefused(
            Complaint(
                "Create Random Integer Error",
                "The minimum (min) value needs to be smaller than or equal to maximum (max) value.",
            )
        )
    result = _generator(planned.get("seed")).randint(low, high)
    return {**planned, "id": str(result), "result": result}


def _generator(seed: str | None) -> Random:
    return Random(seed) if seed else secrets.SystemRandom()


def _imported_integer(given: str) -> Values:
    parts = given.split(",")
    try:
        result, low, high = (int(part[:20]) for part in parts[:3])
    except ValueError as error:
        raise StandinRefused(
            Complaint(
                "Import Random Integer Error",
                "Invalid import usage: expecting {result},{min},{max} or "
                "{result},{min},{max},{seed}",
            )
        ) from error
    seed = parts[3] if len(parts) == 4 else None
    return {"id": parts[0], "result": result, "min": low, "max": high, "seed": seed}


def _pet(planned: Values) -> Values:
    from sandbox.standins.kinds.words import ADJECTIVES, ADVERBS, ANIMALS

    length, separator = _bounded(max(planned["length"], 0)), planned["separator"]
    if not length:
        words = []
    else:
        words = [secrets.choice(ADVERBS) for _ in range(length - 2)]
        words += [secrets.choice(ADJECTIVES)] * (length > 1) + [secrets.choice(ANIMALS)]
    prefix = planned.get("prefix")
    name = separator.join(words)
    return {**planned, "id": f"{prefix}{separator}{name}" if prefix else name}


def _shuffle(planned: Values) -> Values:
    items = planned["input"]
    wanted = planned.get("result_count")
    count = _bounded(len(items) if wanted is None else wanted)
    generator = _generator(planned.get("seed"))
    result: list[Value] = []
    while items and len(result) < count:
        result += generator.sample(items, len(items))
    return {**planned, "id": "-", "result": result[:count]}


def _uuid(planned: Values) -> Values:
    result = str(uuid.uuid4())
    return {**planned, "id": result, "result": result}


def _imported_uuid(given: str) -> Values:
    try:
        result = str(uuid.UUID(given))
    except ValueError as error:
        raise StandinRefused(
            Complaint("Import Random UUID Error", "It is not the text of a UUID.")
        ) from error
    return {"id": result, "result": result}


_LETTERS = _string_attributes(planned=True)

PROVIDER = ProviderKind(
    resources={
        "random_bytes": ResourceKind(
            {
                **_KEEPERS,
                "length": SchemaAttribute(
                    NUMBER, required=True, replaces=True, validators=(at_least(1),)
                ),
                "base64": _SECRET,
                "hex": _SECRET,
            },
            create=_bytes,
            imported=_imported_bytes,
        ),
        "random_id": ResourceKind(
            {
                **_KEEPERS,
                "byte_length": _COUNT,
                "prefix": _TEXT,
                **dict.fromkeys(("b64_std", "b64_url", "dec", "hex"), _MADE),
                "id": _ID,
            },
            create=_id,
            imported=_imported_id,
        ),
        "random_integer": ResourceKind(
            {
                **_KEEPERS,
                "min": _COUNT,
                "max": _COUNT,
                "seed": _TEXT,
                "result": SchemaAttribute(NUMBER, computed=True),
                "id": _ID,
            },
            create=_integer,
            imported=_imported_integer,
        ),
        "random_password": ResourceKind(
            {
                **_KEEPERS,
                **_LETTERS,
                **_NUMBER,
                "result": _SECRET,
                "bcrypt_hash": _SECRET,
                "id": _ID,
            },
            version=3,
            modify=_numeric,
            create=_password,
            imported=_imported_password,
        ),
        "random_pet": ResourceKind(
            {
                **_KEEPERS,
                "length": SchemaAttribute(
                    NUMBER, optional=True, computed=True, default=2, replaces=True
                ),
                "prefix": _TEXT,
                "separator": SchemaAttribute(
                    STRING, optional=True, computed=True, default="-", replaces=True
                ),
                "id": _ID,
            },
            create=_pet,
        ),
        "random_shuffle": ResourceKind(
            {
                **_KEEPERS,
                "input": SchemaAttribute(LIST_OF_STRING, required=True, replaces=True),
                "result_count": SchemaAttribute(NUMBER, optional=True, replaces=True),
                "seed": _TEXT,
                "result": SchemaAttribute(LIST_OF_STRING, computed=True),
                "id": _ID,
            },
            create=_shuffle,
        ),
        "random_string": ResourceKind(
            {**_KEEPERS, **_LETTERS, **_NUMBER, "result": _MADE, "id": _ID},
            version=2,
            modify=_numeric,
            create=_string,
            imported=lambda given: _imported_string(given, id=given),
        ),
        "random_uuid": ResourceKind(
            {**_KEEPERS, "result": _MADE, "id": _ID}, create=_uuid, imported=_imported_uuid
        ),
    },
    ephemeral={
        "random_password": DataKind(
            {**_string_attributes(planned=False), "result": _SECRET, "bcrypt_hash": _SECRET},
            read=_open_password,
        ),
    },
)
