"""Terraform, certificates: one of ACM that DNS validates."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.categories.terraform.pieces import label, provider, quoted
from datagen.needs import in_region
from datagen.pins import (
    all_refer,
    has,
    plan,
    planned_true,
    written_true,
)
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, ORGANISATIONS, REGIONS, TOP_DOMAINS


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that DNS validates in an existing zone."""

    region: str
    domain: str
    others: tuple[str, ...]
    zone: str
    algorithm: str
    transparency: str
    ttl: int


def _sample_certificate(rng: Random) -> Certificate:
    domain = f"{rng.choice(DOMAINS)}.{rng.choice(ORGANISATIONS)}.{rng.choice(TOP_DOMAINS)}"
    others = ("api", "www", "*", "app", "admin", "static", "auth")
    return Certificate(
        region=rng.choice(REGIONS),
        domain=domain,
        others=tuple(f"{name}.{domain}" for name in rng.sample(others, rng.choice((1, 2, 3)))),
        zone=f"Z{rng.getrandbits(90):020X}"[:21],
        algorithm=rng.choice(("RSA_2048", "EC_prime256v1", "EC_secp384r1")),
        transparency=rng.choice(("ENABLED", "DISABLED")),
        ttl=rng.choice((60, 120, 300, 600)),
    )


def _certificate_brief(s: Certificate) -> Brief:
    kind, record, validation = (
        "aws_acm_certificate",
        "aws_route53_record",
        "aws_acm_certificate_validation",
    )
    return Brief(
        need(
            f"ACM certificate for {lit(s.domain)}, validated by DNS",
            f"a Terraform configuration for an ACM certificate of {lit(s.domain)} that is"
            f" validated by DNS",
            f"Terraform code that requests a certificate for {lit(s.domain)} from ACM and"
            f" validates it by DNS",
            pins=[
                has(kind, {"domain_name": s.domain, "validation_method": "DNS"}),
                all_refer(validation, "certificate_arn", kind),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"also for {lits(s.others)}",
                f"It covers {lits(s.others)} as well",
                f"Its alternative names are {lits(s.others)}",
                pins=[
                    planned_true(
                        kind,
                        " && ".join(
                            f"contains(subject_alternative_names, '{each}')" for each in s.others
                        ),
                    )
                ],
            ),
            need(
                f"key algorithm {lit(s.algorithm)}; transparency logging {lit(s.transparency)}",
                f"The key algorithm is {lit(s.algorithm)}, and certificate transparency logging is"
                f" {lit(s.transparency)}",
                f"Use {lit(s.algorithm)} for the key; the logging preference for certificate"
                f" transparency is {lit(s.transparency)}",
                pins=[
                    has(
                        kind,
                        {
                            "key_algorithm": s.algorithm,
                            "options[0].certificate_transparency_logging_preference": (
                                s.transparency
                            ),
                        },
                    )
                ],
            ),
            need(
                "a new one is created before the old one is destroyed",
                "Create a replacement before the old certificate is destroyed"
                " (create_before_destroy)",
                "When it is replaced, the new certificate comes first (create_before_destroy)",
                pins=[written_true(kind, "lifecycle[0].create_before_destroy")],
            ),
            need(
                f"validation records with for_each in the existing zone {lit(s.zone)}, TTL"
                f" {num(s.ttl)}, overwriting allowed",
                f"The validation records go into the existing zone {lit(s.zone)}, with a TTL of"
                f" {num(s.ttl)} seconds: one resource with for_each over"
                f" domain_validation_options, which may overwrite",
                f"One aws_route53_record with for_each writes the records of"
                f" domain_validation_options into the zone {lit(s.zone)} (TTL {num(s.ttl)},"
                f" allow_overwrite on)",
                pins=[
                    has(record, {"zone_id": s.zone, "ttl": s.ttl, "allow_overwrite": True}),
                    plan(
                        "length(configuration.root_module.resources[?type=='aws_route53_record']"
                        ".for_each_expression.references[]"
                        " | [?contains(@, 'domain_validation_options')]) > `0`"
                    ),
                ],
            ),
            need(
                "a validation that waits for these records",
                "An aws_acm_certificate_validation waits for the records",
                "Wait for the validation of those records with aws_acm_certificate_validation",
                pins=[all_refer(validation, "validation_record_fqdns", record)],
            ),
        ),
    )


def _certificate_answer(s: Certificate) -> str:
    called = label(s.domain.partition(".")[0])
    return f"""\
{provider(s.region)}
resource "aws_acm_certificate" "{called}" {{
  domain_name               = "{s.domain}"
  subject_alternative_names = [{quoted(s.others)}]
  validation_method         = "DNS"
  key_algorithm             = "{s.algorithm}"

  options {{
    certificate_transparency_logging_preference = "{s.transparency}"
  }}

  lifecycle {{
    create_before_destroy = true
  }}
}}

resource "aws_route53_record" "{called}" {{
  for_each = {{
    for option in aws_acm_certificate.{called}.domain_validation_options :
    option.domain_name => option
  }}

  zone_id         = "{s.zone}"
  name            = each.value.resource_record_name
  type            = each.value.resource_record_type
  records         = [each.value.resource_record_value]
  ttl             = {s.ttl}
  allow_overwrite = true
}}

resource "aws_acm_certificate_validation" "{called}" {{
  certificate_arn         = aws_acm_certificate.{called}.arn
  validation_record_fqdns = [for record in aws_route53_record.{called} : record.fqdn]
}}
"""


CERTIFICATE = Topic(
    name="acm-certificate",
    format="terraform",
    sample=_sample_certificate,
    brief=_certificate_brief,
    answer=_certificate_answer,
)
