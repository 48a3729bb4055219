"""Terraform, DNS: a Route 53 zone with its records."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.categories.terraform.pieces import label, provider, quoted
from datagen.needs import in_region
from datagen.pins import (
    all_refer,
    count_of,
    has,
    planned,
    planned_true,
)
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, ORGANISATIONS, REGIONS, TOP_DOMAINS


@dataclass(frozen=True, slots=True)
class DnsZone:
    """A zone with addresses, a name for another, and where mail goes."""

    region: str
    domain: str
    comment: str
    hosts: tuple[tuple[str, str], ...]
    alias: tuple[str, str]
    ttl: int
    alias_ttl: int
    mail: tuple[str, ...]


def _sample_zone(rng: Random) -> DnsZone:
    organisation = rng.choice(ORGANISATIONS)
    domain = f"{rng.choice(DOMAINS)}.{organisation}.{rng.choice(TOP_DOMAINS)}"
    names = sorted(
        rng.sample(("api", "www", "app", "admin", "grafana", "vpn", "git"), rng.choice((2, 3)))
    )
    hosts = tuple(
        (name, f"203.0.113.{number}")
        for name, number in zip(names, rng.sample(range(1, 255), len(names)), strict=True)
    )
    return DnsZone(
        region=rng.choice(REGIONS),
        domain=domain,
        comment=f"Managed by the {rng.choice(('platform', 'network', 'web', 'infra'))} team",
        hosts=hosts,
        alias=(
            rng.choice(("docs", "status", "help", "shop")),
            f"{rng.choice(('cname', 'hosting', 'pages', 'sites'))}.{rng.choice(ORGANISATIONS)}.net",
        ),
        ttl=rng.choice((60, 120, 300, 600, 900)),
        alias_ttl=rng.choice((1800, 3600, 7200, 14400)),
        mail=tuple(f"{n} mx{n // 10}.{organisation}.net" for n in rng.choice(((10, 20), (10,)))),
    )


def _zone_brief(s: DnsZone) -> Brief:
    kind, record = "aws_route53_zone", "aws_route53_record"
    hosts = ", ".join(f"{lit(f'{name}.{s.domain}')} to {lit(ip)}" for name, ip in s.hosts)
    alias, target = f"{s.alias[0]}.{s.domain}", s.alias[1]
    return Brief(
        need(
            f"Route 53 zone {lit(s.domain)} with its records",
            f"a Terraform configuration for the public Route 53 zone {lit(s.domain)} and its"
            f" records",
            f"Terraform code that keeps the DNS zone {lit(s.domain)} in Route 53, with its records",
            pins=[planned(kind, "name", s.domain), all_refer(record, "zone_id", kind)],
        ),
        (
            in_region(s.region),
            need(
                f"comment {lit(s.comment)}",
                f"The zone's comment is {lit(s.comment)}",
                f"Comment the zone with {lit(s.comment)}",
                pins=[planned(kind, "comment", s.comment)],
            ),
            need(
                f"A records, TTL {num(s.ttl)} seconds, one resource with for_each: {hosts}",
                f"A records lead {hosts}, each with a TTL of {num(s.ttl)} seconds; use one"
                f" resource with for_each over a map",
                f"With one for_each resource, point {hosts} (A records, TTL {num(s.ttl)})",
                pins=[
                    *(
                        has(
                            record,
                            {
                                "name": f"{name}.{s.domain}",
                                "type": "A",
                                "ttl": s.ttl,
                                "records": [ip],
                            },
                        )
                        for name, ip in s.hosts
                    ),
                    count_of(record, len(s.hosts) + 2),
                ],
            ),
            need(
                f"CNAME {lit(alias)} to {lit(target)}, TTL {num(s.alias_ttl)}",
                f"{lit(alias)} is a CNAME of {lit(target)} with a TTL of {num(s.alias_ttl)}"
                f" seconds",
                f"Make {lit(alias)} a CNAME that points to {lit(target)} (TTL {num(s.alias_ttl)})",
                pins=[
                    has(
                        record,
                        {
                            "name": alias,
                            "type": "CNAME",
                            "ttl": s.alias_ttl,
                            "records": [target],
                        },
                    )
                ],
            ),
            need(
                f"mail by MX {lits(s.mail)}, TTL {num(s.alias_ttl)}",
                f"Mail for the zone itself goes by the MX records {lits(s.mail)}, TTL"
                f" {num(s.alias_ttl)} seconds",
                f"The MX of the zone itself is {lits(s.mail)}, with a TTL of {num(s.alias_ttl)}",
                pins=[
                    planned_true(
                        record,
                        f"name == '{s.domain}' && type == 'MX' && ttl == `{s.alias_ttl}`"
                        f" && length(records) == `{len(s.mail)}` && "
                        + " && ".join(f"contains(records, '{each}')" for each in s.mail),
                    )
                ],
            ),
        ),
    )


def _zone_answer(s: DnsZone) -> str:
    called = label(s.domain.partition(".")[0])
    width = max(len(name) for name, _ in s.hosts)
    hosts = "\n".join(f'    {name.ljust(width)} = "{ip}"' for name, ip in s.hosts)
    return f"""\
{provider(s.region)}
resource "aws_route53_zone" "{called}" {{
  name    = "{s.domain}"
  comment = "{s.comment}"
}}

resource "aws_route53_record" "hosts" {{
  for_each = {{
{hosts}
  }}

  zone_id = aws_route53_zone.{called}.zone_id
  name    = "${{each.key}}.{s.domain}"
  type    = "A"
  ttl     = {s.ttl}
  records = [each.value]
}}

resource "aws_route53_record" "{s.alias[0]}" {{
  zone_id = aws_route53_zone.{called}.zone_id
  name    = "{s.alias[0]}.{s.domain}"
  type    = "CNAME"
  ttl     = {s.alias_ttl}
  records = ["{s.alias[1]}"]
}}

resource "aws_route53_record" "mail" {{
  zone_id = aws_route53_zone.{called}.zone_id
  name    = "{s.domain}"
  type    = "MX"
  ttl     = {s.alias_ttl}
  records = [{quoted(s.mail)}]
}}
"""


ZONE = Topic(
    name="route53-zone",
    format="terraform",
    sample=_sample_zone,
    brief=_zone_brief,
    answer=_zone_answer,
)
