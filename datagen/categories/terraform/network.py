"""Terraform, network: a VPC with subnets, and a security group."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.needs import in_region
from datagen.pins import all_refer, plan, planned, planned_all, refers
from datagen.topic import Topic
from datagen.vocabulary import REGIONS, named

_RESOURCES = "planned_values.root_module.resources"
_ZONES = ("a", "b", "c")


@dataclass(frozen=True, slots=True)
class Vpc:
    """A network of /16 with one /24 subnet in each of some zones."""

    region: str
    name: str
    second: int
    first_subnet: int
    zones: int
    hostnames: bool


def _sample_vpc(rng: Random) -> Vpc:
    return Vpc(
        region=rng.choice(("us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-south-1")),
        name=named(rng, "vpc", "network", "net"),
        second=rng.randint(0, 255),
        first_subnet=rng.choice((0, 1, 10, 20, 50, 100, 128, 200)),
        zones=rng.randint(1, 3),
        hostnames=rng.random() < 0.5,
    )


def _subnets(s: Vpc) -> list[str]:
    return [f"10.{s.second}.{s.first_subnet + i}.0/24" for i in range(s.zones)]


def _vpc_brief(s: Vpc) -> Brief:
    name, cidr = lit(s.name), f"10.{s.second}.0.0/16"
    zones = [f"{s.region}{zone}" for zone in _ZONES[: s.zones]]
    hostnames = "enabled" if s.hostnames else "disabled"
    return Brief(
        need(
            f"VPC tagged Name = {name} with CIDR {lit(cidr)}",
            f"a Terraform configuration for a VPC with the CIDR block {lit(cidr)} and the Name"
            f" tag {name}",
            f"Terraform code that creates a VPC {lit(cidr)}, tagged with Name {name}",
            pins=[
                planned("aws_vpc", "cidr_block", cidr),
                planned("aws_vpc", "tags.Name", s.name),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"one subnet each: {lits(_subnets(s))}",
                f"Its subnets are {lits(_subnets(s))}",
                f"Carve out the subnets {lits(_subnets(s))}",
                pins=[
                    planned_all("aws_subnet", "cidr_block", _subnets(s)),
                    all_refer("aws_subnet", "vpc_id", "aws_vpc"),
                ],
            ),
            need(
                f"availability zones, in that order: {lits(zones)}",
                f"The subnets lie in {lits(zones)}, in that order",
                f"Place them, in that order, in {lits(zones)}",
                pins=[
                    plan(
                        f"{_RESOURCES}[?type=='aws_subnet'].values"
                        f" | [?cidr_block=='{subnet}'].availability_zone | [0]",
                        zone,
                    )
                    for subnet, zone in zip(_subnets(s), zones, strict=True)
                ],
            ),
            need(
                f"DNS hostnames {hostnames}",
                f"DNS hostnames are {hostnames}",
                f"DNS hostnames must be explicitly {hostnames}",
                pins=[planned("aws_vpc", "enable_dns_hostnames", s.hostnames)],
            ),
            need(
                "an internet gateway",
                "Attach an internet gateway",
                "The VPC has an internet gateway",
                pins=[refers("aws_internet_gateway", "vpc_id", "aws_vpc")],
            ),
        ),
    )


def _vpc_answer(s: Vpc) -> str:
    subnets = "\n".join(
        f"""
resource "aws_subnet" "{zone}" {{
  vpc_id            = aws_vpc.this.id
  cidr_block        = "{cidr}"
  availability_zone = "{s.region}{zone}"
}}"""
        for zone, cidr in zip(_ZONES, _subnets(s), strict=False)
    )
    return f"""\
provider "aws" {{
  region = "{s.region}"
}}

resource "aws_vpc" "this" {{
  cidr_block           = "10.{s.second}.0.0/16"
  enable_dns_hostnames = {str(s.hostnames).lower()}

  tags = {{
    Name = "{s.name}"
  }}
}}
{subnets}

resource "aws_internet_gateway" "this" {{
  vpc_id = aws_vpc.this.id
}}
"""


VPC = Topic(
    name="vpc-subnets",
    format="terraform",
    sample=_sample_vpc,
    brief=_vpc_brief,
    answer=_vpc_answer,
)


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """Two ways in, each from one network, and everything out."""

    region: str
    name: str
    vpc: str
    public_port: int
    admin_port: int
    admin_cidr: str
    description: str


def _sample_group(rng: Random) -> SecurityGroup:
    return SecurityGroup(
        region=rng.choice(REGIONS),
        name=named(rng, "sg", "web", "lb", "edge", "access"),
        vpc=f"vpc-{rng.getrandbits(68):017x}",
        public_port=rng.choice((80, 443, 8080, 8443, 9443)),
        admin_port=rng.choice((22, 3389, 5432, 3306, 6379, 9090, 9200)),
        admin_cidr=f"10.{rng.randint(0, 255)}.{rng.randint(0, 15) * 16}.0/{rng.choice((20, 24))}",
        description=rng.choice(
            ("Public web access", "Load balancer", "Edge access", "Managed by Terraform", "Gateway")
        ),
    )


def _group_brief(s: SecurityGroup) -> Brief:
    kind, name = "aws_security_group", lit(s.name)
    ingress = f"{_RESOURCES}[?type=='{kind}'].values.ingress[]"
    public, admin = num(s.public_port), num(s.admin_port)

    def opened(port: int, cidr: str) -> str:
        return (
            f"length({ingress} | [?from_port==`{port}` && to_port==`{port}` && protocol=='tcp'"
            f" && contains(cidr_blocks, '{cidr}')]) > `0`"
        )

    return Brief(
        need(
            f"security group {name} with its rules inline",
            f"a Terraform configuration for a security group named {name} (rules inline)",
            f"Terraform code for the aws_security_group {name}, with ingress and egress blocks"
            f" inside",
            pins=[planned(kind, "name", s.name)],
        ),
        (
            in_region(s.region),
            need(
                f"VPC {lit(s.vpc)}",
                f"It belongs to the VPC {lit(s.vpc)}",
                f"Create it in the existing VPC {lit(s.vpc)}",
                pins=[planned(kind, "vpc_id", s.vpc)],
            ),
            need(
                f"description {lit(s.description)}",
                f"Its description reads {lit(s.description)}",
                f"Describe it as {lit(s.description)}",
                pins=[planned(kind, "description", s.description)],
            ),
            need(
                f"TCP {public} from anywhere (0.0.0.0/0)",
                f"Allow TCP port {public} from anywhere (0.0.0.0/0)",
                f"Port {public} (TCP) is open to 0.0.0.0/0",
                pins=[
                    plan(opened(s.public_port, "0.0.0.0/0")),
                    plan(f"sort({ingress}[].from_port)", sorted((s.public_port, s.admin_port))),
                ],
            ),
            need(
                f"TCP {admin} only from {lit(s.admin_cidr)}",
                f"Allow TCP port {admin} only from {lit(s.admin_cidr)}",
                f"Port {admin} (TCP) is reachable from {lit(s.admin_cidr)} and from nowhere else",
                pins=[
                    plan(opened(s.admin_port, s.admin_cidr)),
                    plan(f"{ingress} | length([?from_port==`{s.admin_port}`].cidr_blocks[])", 1),
                ],
            ),
            need(
                "all outbound traffic allowed",
                "Allow all outbound traffic",
                "Egress is unrestricted",
                pins=[
                    plan(
                        f"length({_RESOURCES}[?type=='{kind}'].values.egress[]"
                        " | [?protocol=='-1' && contains(cidr_blocks, '0.0.0.0/0')"
                        " && from_port==`0` && to_port==`0`]) > `0`"
                    )
                ],
            ),
        ),
    )


def _group_answer(s: SecurityGroup) -> str:
    return f"""\
provider "aws" {{
  region = "{s.region}"
}}

resource "aws_security_group" "this" {{
  name        = "{s.name}"
  description = "{s.description}"
  vpc_id      = "{s.vpc}"

  ingress {{
    from_port   = {s.public_port}
    to_port     = {s.public_port}
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }}

  ingress {{
    from_port   = {s.admin_port}
    to_port     = {s.admin_port}
    protocol    = "tcp"
    cidr_blocks = ["{s.admin_cidr}"]
  }}

  egress {{
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }}
}}
"""


SECURITY_GROUP = Topic(
    name="security-group",
    format="terraform",
    sample=_sample_group,
    brief=_group_brief,
    answer=_group_answer,
)
