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
    r"|your[-_ ]|(?<![a-z])default-?name|unique"
    r"|(?-i:\btest[A-Z])|tftest|(?-i:\btf[A-Z])|^[a-z ]+ name$|object_key"
    r"|custom-header|added by ses|name of custom|z{4}"
    r"|(?-i:YourKey)|order_?flowers|hashicorp|12345ec|donnedtipi|tfenv|asdasd|destination\.com|^principal$|^1234$|^value$|^level(?:one|two)$|hoge|yada|wu_?tang|ENTITY_\d"
    r"|^nyckel$|^värde$|^key(?:word)?$|^ignore$"
    r"|^(?:table|bucket|queue|topic|cluster|role|user|group|stack|db|file|object)[-_ ]name$"
    r"|cejuwdam|not needed|^s3cr|^EXAMPLE|/Transit Gateway/"
    r"|path/to|exported/path|any street|(?<![a-z])testing(?![a-z])|^testing"
    r"|^(?:key|value|column|subnet|sg|group|filter-?(?:key|value)|tag_(?:key|value)|param|property"
    r"|property-group|path|item|thing|user)[-_]?\d+(?:$|[/_])|^(?-i:Key|Value)[A-Z\d]$"
    r"|^(?:filter|tag_)(?:key|value)$|^(?-i:one|two|three)$|^twotwo$|badrefer|ipsum|luffield|stowe"
    r"|brodobaggins|(?-i:\b(?:Your|My)[A-Z])|myaccount|mycontainer|wu-tang|@doe\.|@email\."
    r"|\.domain\.com|another-threat|^identity pool$|^display name of|^(?:about|usage) text$"
    r"|^notes(?: \d)?$|tell the other|group_name|^patch-group-name$|^dataset-id$|^tris$"
    r"|^resourceid$|^settingsgroup$|set x=1|^12345\d*$|^11111$|thing1shadow"
    r"|^(?-i:[A-Z0-9]{2,}(?: [A-Z0-9]{2,})+)$|^(?-i:NAME|BUCKET)$|ssoins-",
    re.IGNORECASE,
)
"""Words of documentation that nobody writes down who means it."""

_NAME_ARGUMENT = re.compile(r"(?:^|_)(?:name|identifier|bucket|alias|title|username|sid|prefix)$")
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


PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHHmvo8+rTW2a8boXj6d89lSjP89TzuE8yKqOTl+jqhV"
"""Nobody has its other half."""
_MADE_UP = re.compile(
    r"^(?:[A-Z0-9]{10,}|[a-z0-9]{20,}|[0-9a-z]{8}(?:-[0-9a-z]{4}){3}-[0-9a-z]{12}"
    r"|[0-9a-f]{8}-[0-9a-f-]+|[a-z]{2,6}-[0-9a-f]{8,})$"
)
_MIXED = re.compile(r"^(?=.*\d[A-Za-z]+\d)(?=.*[a-z][A-Z]|.*[A-Z]{2}[a-z])[A-Za-z0-9]{10,}$")
_IMAGE = re.compile(r"^ami-")
_ALGORITHM = re.compile(r"SHA|RSA|AES|ECDSA|MD5|TLS|HTTP|Linux|Windows|Server", re.IGNORECASE)


def invented(text: str) -> bool:
    """Whether a text looks like an id that AWS gave something: nobody has it before it is there."""
    if text.isalpha() or text.isdigit() or _IMAGE.match(text) or _ALGORITHM.search(text):
        return False
    return bool((_MADE_UP.match(text) and re.search(r"\d", text)) or _MIXED.match(text))


_SAID: Mapping[str, Value] = {
    "first_name": "Alex", "last_name": "Morgan", "full_name": "Alex Morgan",
    "block_override_domain": Name("blocked.", "word", "-ops.com"),
}  # fmt: skip
"""What is said at arguments whose examples are never used."""
_SAID_AT: Mapping[tuple[str, str], Value] = {
    ("aws_ssm_association", "name"): "AWS-UpdateSSMAgent",
    ("aws_ce_cost_allocation_tag", "tag_key"): "CostCenter",
    ("aws_servicecatalog_tag_option", "key"): "CostCenter",
    ("aws_organizations_delegated_administrator", "service_principal"): "config.amazonaws.com",
    ("aws_customer_gateway", "ip_address"): "52.28.14.90",
}
_ADDRESS = "52.28.14.90"
"""Of a host, where an example has its own machine."""
ACCOUNT = "418302917744"
"""Another account than the configuration's."""
_PAST = re.compile(r"(?<!\d)(?:19\d\d|20[01]\d|202[0-6])-\d\d-\d\d[T_ ]\d\d:")
_DOCUMENTED = re.compile(
    r"(?:1\.2\.3\.4|127\.0\.0\.\d+|0\.0\.0\.0|10\.10\.10\.10|192\.0\.2\.\d+|198\.51\.100\.\d+"
    r"|203\.0\.113\.\d+|172\.18\.0\.1)(?=$|/(?!0$))"
)
_PLACES_ON_THE_WEB: tuple[tuple[str, Name], ...] = (
    (r"callback|redirect|logout", Name("https://www.", "word", "-shop.com/callback")),
    (r"repository|repo_", Name("https://github.com/", "word", "-shop/app")),
    (r"metadata", Name("https://login.", "word", "-shop.com/metadata.xml")),
    (r"feedback", Name("https://www.", "word", "-shop.com/feedback")),
    (r"provider_endpoint|^host", Name("https://github.", "word", "-shop.com")),
    (r"origin|website|issuer|^source$|^target$", Name("https://www.", "word", "-shop.com")),
    (r"endpoint|webhook", Name("https://api.", "word", "-shop.com/events")),
)
"""By the argument: what is at the address."""
_ANY_PLACE = Name("https://api.", "word", "-shop.com")
_HOST_NAMED = re.compile(
    r"aws_(?:service_discovery_(?:public|private)_dns_namespace|route53_zone)$"
)
"""Types whose name is a domain."""


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


def is_search(type: str) -> bool:
    """Whether a type's ``domain_name`` is a name, and no host: of a search domain, say."""
    return bool(re.search(r"opensearch|elasticsearch|cloudsearch|sagemaker|codeartifact", type))


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
    if spot.last == "domain" and "codeartifact" in spot.type:
        return len(spot.path) == 1
    if spot.last in ("name", "identifier") and re.search(rf"`{re.escape(spot.value)}`", spot.text):
        return False  # one of those that there are
    if _NAME_ARGUMENT.search(spot.last):
        if silly:
            return True
        return len(spot.path) == 1 and not _KEEPS_NAME.search("_".join(spot.path))
    if spot.last.endswith("_id"):
        return own_id(spot) and spot.last != "target_id" and "-" not in spot.value[:5]
    return silly and spot.last.endswith(("name", "names", "key", "family"))


def own_id(spot: Spot) -> bool:
    """Whether an id is one that its author chooses: ``endpoint_id`` of a DMS endpoint."""
    if spot.last.endswith("account_id"):
        return False
    return len(spot.path) == 1 and spot.type.endswith(f"_{spot.last.removesuffix('_id')}")


_ENDINGS = re.compile(r"_(?:name|identifier|id|alias|title)$")
_FREELY = re.compile(
    r"^(?:name|identifier|bucket|alias|title|username|sid|prefix|domain)$|prefix$"
    r"|^(?:(?:initial_|default_)?database|db|schema|master_user|user|display|friendly|common|device"
    r"|table|volume|topic|given|family|admin_user|final_snapshot|sampling|short|product|preferred"
    r"|portal|provider|export|report|snapshot|share|file_system|link|test|index|application)"
    r"_(?:name|identifier|id|title)$|^(?:master_)?username$|^config_id$|^db_shard_group_identifier$"
    r"|^(?:target_)?db_(?:cluster_)?snapshot_identifier$"
)


def names_another(type: str, argument: str) -> bool:
    """Whether an argument at the top of a type names a thing of its own, not what is declared:
    ``rule_set_name`` of a receipt rule."""
    stem = _ENDINGS.sub("", argument)
    if stem == argument or _FREELY.search(argument):
        return False
    own = type.partition("_")[2]
    return not (own.endswith(stem) or own.replace("_", "").endswith(stem.replace("_", "")))


def name_for(spot: Spot) -> Name:
    """A name in the style of the one in the documentation."""
    if _HOST_NAMED.search(spot.type) and spot.path == ("name",):
        return Name("", "word", "-shop.com")
    another = len(spot.path) > 1 or names_another(spot.type, spot.last)
    noun = _own_noun(spot) if another else noun_of(spot.type)
    value = spot.value
    lower = re.search(r"a-z, ?0-9|lower ?case letters, (?:numbers|digits)", spot.text)
    lower = lower or re.match("aws_vpclattice_", spot.type)
    if lower and "A-Z" not in spot.text:
        return Name("", "kebab", f"-{noun}")
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
    known = _SAID_AT.get((spot.type, spot.last)) or _SAID.get(spot.last)
    if known is not None:
        return known
    value = spot.value
    if re.search(r"(?:description|comment)$", spot.last):
        noun = " ".join(spot.type.split("_")[2:]) or "resource"
        return Name(f"{noun.capitalize()} of the ", "word", " service")
    hosts = spot.last.endswith(("domain_name", "fqdn", "hostname", "common_name", "server_name"))
    if hosts and (SILLY.search(value) or "." not in value) and not is_search(spot.type):
        return Name("", "word", "-shop.com")
    if is_name(spot):
        return name_for(spot)
    if spot.last == "public_key" and (SILLY.search(value) or "@" in value):
        return PUBLIC_KEY
    if value == "10.0.0.8/32":
        return value.replace("10.0.0.8", _ADDRESS)
    if _DOCUMENTED.match(value):
        return None if spot.last == "ip_addresses" else _DOCUMENTED.sub(_ADDRESS, value)
    if past(value):
        return None
    if of_account(spot):
        return ACCOUNT
    mail = spot.last.endswith(("email", "email_address", "email_addresses"))
    if mail and ("@" in value or value.isupper()):
        return Name("ops@", "word", ".io")
    if spot.last == "domain" and spot.type == "aws_cognito_user_pool_domain":
        return Name("", "kebab", "-login")
    if spot.last == "client_cidr_block":
        return "172.16.0.0/22"  # a client's network is none of the VPC's
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
        return on_the_web(spot.last)
    if re.match(r"arn:aws[\w-]*:[\w-]+:[\w-]*:(?:aws)?:", value):
        return value
    if value.startswith("arn:") or "123456789" in value or "111122223333" in value:
        return None
    if SILLY.search(value) and spot.path == ("name",):
        return name_for(Spot(spot.type, spot.path, "a-b", spot.text))
    if SILLY.search(value) or not value.strip():
        return None
    return value


def on_the_web(argument: str) -> Name:
    """The address that an argument asks for: a callback's, a repository's, an endpoint's."""
    known = (name for wanted, name in _PLACES_ON_THE_WEB if re.search(wanted, argument))
    return next(known, _ANY_PLACE)


def past(value: str) -> bool:
    """Whether a text is a moment that is over."""
    return bool(_PAST.search(value))


def documented_address(value: str) -> bool:
    """Whether a text is an address that is there for documentation, or no host's."""
    return bool(_DOCUMENTED.match(value))


def of_account(spot: Spot) -> bool:
    """Whether an argument takes the number of an account."""
    if "$json" in spot.path:
        return False
    said = spot.last.endswith(("account_id", "account_ids")) or spot.last == "accounts"
    names = "_".join(spot.path[-2:])
    digits = re.fullmatch(r"\d{8,13}", spot.value)
    return said or bool(digits and re.search(r"account|principal|owner", names))


def _network(value: str) -> Value:
    address, _, bits = value.partition("/")
    octets = address.split(".")
    if int(bits) < 16 or octets[0] != "10":
        return value
    return Network(int(octets[2]), int(bits))
