"""Names that somebody would give, in place of those that documentation gives. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from datagen.sources.documentation.values import Name, Network, Value

SILLY = re.compile(
    r"example|foo|(?<![a-z])ba[rz](?![a-z])|(?<![a-z])tests?(?![a-z])|(?<![a-z])tf(?![a-z])"
    r"|terraform"
    r"|pulumi|(?<![a-z])my(?![a-z])|^my(?!sql)|demo|(?<![a-z])some|placeholder|changeme|lorem|\bxxx|hello"
    r"|\.\.\.|…|<[a-z_ -]+>|(?<![a-z])dummy|(?<![a-z])sample(?!d|r|_?rate)|acme|(?<![a-z])blah"
    r"|(?<![a-z])todo"
    r"|tablename|_id_\d|ACCOUNT[ _]ID|message of the"
    r"|simpleapp|(?<![a-z])userid|123\.123|2006-01-02|(?<![a-z])abc(?![a-z])|wxyz"
    r"|your[-_ ]|(?<![a-z])default-?name|unique",
    re.IGNORECASE,
)
"""Words of documentation that nobody writes down who means it."""

_NAME_ARGUMENT = re.compile(
    r"(?:^|_)(?:name|identifier|bucket|alias|title|username|sid|prefix)$|^domain$"
)
_KEEPS_NAME = re.compile(
    r"metric_name|image_name|parameter|setting|header|option|engine|service_name|attribute|instance_class"
    r"|policy_name|driver|api_name|ssl|plan_name|field|tag|variable|argument|namespace|host"
)
_NOUNS: Mapping[str, str] = {
    "aws_s3_bucket": "data", "aws_iam_role": "role", "aws_vpc": "vpc", "aws_db_instance": "db",
    "aws_lambda_function": "handler", "aws_cloudwatch_log_group": "logs",
    "aws_lb_target_group": "tg", "aws_security_group": "sg", "aws_dynamodb_table": "table",
    "aws_rds_cluster": "db", "aws_sns_topic": "alerts", "aws_sqs_queue": "jobs",
    "aws_ecs_service": "web", "aws_kms_alias": "key",
}  # fmt: skip
_LONG_STEMS = re.compile(r"_(?:configuration|association|attachment|assignment|resource)$")


@dataclass(frozen=True, slots=True)
class Spot:
    """A literal and where it stands."""

    type: str
    path: tuple[str, ...]
    """Names alone: no numbers."""
    value: str
    text: str
    """What the documentation says of the argument."""

    @property
    def last(self) -> str:
        """The argument's own name."""
        return self.path[-1]


def noun_of(type: str) -> str:
    """What a resource of a type is called in its own name: ``queue``."""
    if type in _NOUNS:
        return _NOUNS[type]
    stem = _LONG_STEMS.sub("", type.partition("_")[2])
    return stem.rpartition("_")[2]


def is_name(spot: Spot) -> bool:
    """Whether a text is a name that its author chose."""
    if spot.path[0] == "$json" or "$json" in spot.path or re.search(r"[ :/{}*$]", spot.value):
        return False
    silly = bool(SILLY.search(spot.value))
    if _NAME_ARGUMENT.search(spot.last):
        if silly:
            return True
        return len(spot.path) == 1 and not _KEEPS_NAME.search("_".join(spot.path))
    if spot.last.endswith("_id"):
        return silly and own_id(spot) and spot.last != "target_id"
    return silly and spot.last.endswith(("name", "names", "key", "family"))


def own_id(spot: Spot) -> bool:
    """Whether an id is one that its author chooses: ``endpoint_id`` of a DMS endpoint."""
    return len(spot.path) == 1 and spot.last.removesuffix("_id") in spot.type


def name_for(spot: Spot) -> Name:
    """A name in the style of the one in the documentation."""
    noun = noun_of(spot.type) if len(spot.path) == 1 else _own_noun(spot)
    value = spot.value
    if value.endswith(".fifo"):
        return Name("", "kebab", f"-{noun}.fifo")
    if "bucket" in spot.last or spot.last == "domain" or "-" in value:
        return Name("", "kebab", f"-{noun}")
    if "_" in value:
        return Name("", "snake", f"_{noun}")
    if re.search(r"[a-z][A-Z]", value) or value[:1].isupper():
        return Name("", "camel", noun.title())
    if re.search(r"alphanumeric|only letters|lowercase letters and numbers", spot.text):
        return Name("", "plain", noun)
    if re.search(r"db_name|database|username|schema|table", "_".join(spot.path)):
        return Name("", "snake", "")
    return Name("", "kebab", f"-{noun}")


def _own_noun(spot: Spot) -> str:
    words = [word for word in spot.last.split("_") if word not in ("name", "identifier", "id")]
    return words[-1] if words else spot.path[-2].rpartition("_")[2]


def sensible(spot: Spot) -> Value:
    """What a text becomes that is no reference; None where nobody would write what it says."""
    value = spot.value
    if re.search(r"description|comment$", spot.last):
        noun = " ".join(spot.type.split("_")[2:]) or "resource"
        return Name(f"{noun.capitalize()} of the ", "word", " service")
    hosts = spot.last.endswith(("domain_name", "fqdn", "hostname"))
    if hosts and (SILLY.search(value) or "." not in value) and "domain_name" not in spot.type:
        return Name("", "word", "-shop.com")
    if is_name(spot):
        return name_for(spot)
    if re.fullmatch(r"10\.\d+\.\d+\.0/\d+|172\.\d+\.\d+\.0/\d+|192\.168\.\d+\.0/\d+", value):
        return _network(value)
    if re.fullmatch(r"(?:10|192\.168)(?:\.\d+)+", value):
        return None  # an address in a network of somebody else
    if "@" in value and SILLY.search(value):
        return Name("ops@", "word", ".io")
    if re.fullmatch(r"(?:[\w-]+\.)*[\w-]+\.(?:com|org|net|io)\.?", value) and (
        SILLY.search(value) or "domain" in value
    ):
        host = re.match(r"(\*|www|api|[a-z]+)\.(?=[\w-]+\.\w+$)", value)
        before = f"{host[1]}." if host and not SILLY.search(host[1]) else ""
        return Name(before, "word", "-shop.com")
    if re.fullmatch(r"https?://\S+", value) and SILLY.search(value):
        return Name("https://", "word", "-shop.com/callback")
    if re.match(r"arn:aws[\w-]*:[\w-]+:[\w-]*:(?:aws)?:", value):
        return value
    if value.startswith("arn:") or "123456789" in value or "111122223333" in value:
        return None
    if SILLY.search(value) or not value.strip():
        return None
    return value


def _network(value: str) -> Value:
    address, _, bits = value.partition("/")
    octets = address.split(".")
    if int(bits) < 16 or octets[0] != "10":
        return value
    return Network(int(octets[2]), int(bits))
