"""The words that specifications are sampled from: names, places, sizes."""

from random import Random

DOMAINS = (
    "ads", "billing", "booking", "catalog", "chat", "checkout", "churn", "claims", "credit",
    "delivery", "demand", "feed", "fleet", "fraud", "geo", "inventory", "invoice", "ledger",
    "loan", "media", "orders", "payment", "pricing", "profile", "ranking", "refund", "returns",
    "review", "risk", "routing", "search", "sensor", "shipping", "stock", "traffic", "travel",
)  # fmt: skip
ROLES = (
    "api", "service", "backend", "server", "gateway", "core", "app", "web", "hub", "engine",
)  # fmt: skip
MODELS = (
    "classifier", "ranker", "scorer", "forecaster", "embedder", "detector", "tagger", "matcher",
)  # fmt: skip
ORGANISATIONS = ("acme", "globex", "initech", "umbra", "northwind", "contoso", "hooli", "vandelay")
TOP_DOMAINS = ("com", "io", "dev", "net", "org", "cloud")
NAMESPACES = (
    "ml", "ml-prod", "ml-staging", "research", "serving", "training", "platform", "data",
    "prod", "staging", "apps", "backend", "team-a", "team-b", "shop", "analytics",
)  # fmt: skip
REGIONS = (
    "us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-west-2", "eu-central-1",
    "eu-north-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1",
    "ca-central-1",
)  # fmt: skip
ENVIRONMENTS = ("dev", "test", "staging", "prod")
BRANCHES = ("main", "master", "develop", "trunk", "release")
PORTS = (3000, 5000, 8000, 8008, 8080, 8081, 8088, 8443, 8888, 9000, 9090)
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
NODES = ("18", "20", "22", "24")
GOS = ("1.21", "1.22", "1.23", "1.24")


def service(rng: Random) -> str:
    """A service's name such as ``orders-api``."""
    return f"{rng.choice(DOMAINS)}-{rng.choice(ROLES)}"


def model(rng: Random) -> str:
    """A model's name such as ``fraud-scorer``."""
    return f"{rng.choice(DOMAINS)}-{rng.choice(MODELS)}"


def named(rng: Random, *suffixes: str) -> str:
    """A domain with one of the suffixes, such as ``orders-queue``."""
    return f"{rng.choice(DOMAINS)}-{rng.choice(suffixes)}"


def image(rng: Random, name: str) -> str:
    """An image in some organisation's registry with a version, such as ``ghcr.io/acme/x:1.4.2``."""
    registry = rng.choice(("ghcr.io", "quay.io", "registry.example.com"))
    version = f"{rng.randint(0, 4)}.{rng.randint(0, 12)}.{rng.randint(0, 9)}"
    return f"{registry}/{rng.choice(ORGANISATIONS)}/{name}:{version}"


def identifier(rng: Random, kind: str) -> str:
    """The id of something that AWS keeps, such as ``subnet-0f9a...`` (17 hexadecimal digits)."""
    return f"{kind}-{rng.getrandbits(68):017x}"


def identifiers(rng: Random, kind: str, count: int) -> tuple[str, ...]:
    """Several ids of a kind, all different."""
    return tuple(identifier(rng, kind) for _ in range(count))


def account(rng: Random) -> str:
    """The number of an AWS account, of twelve digits."""
    return str(rng.randint(10**11, 10**12 - 1))
