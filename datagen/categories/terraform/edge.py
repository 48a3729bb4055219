"""Terraform, the edge: a DNS zone, a certificate, CloudFront before a bucket, a firewall."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.categories.terraform.pieces import documented, label, provider, quoted, switch
from datagen.needs import in_region
from datagen.pins import (
    all_refer,
    count_of,
    has,
    members,
    plan,
    planned,
    planned_true,
    refers,
    written_true,
)
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, ORGANISATIONS, REGIONS, service

_RESOURCES = "planned_values.root_module.resources"
_TOPS = ("com", "io", "dev", "net", "org", "cloud")


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
    domain = f"{rng.choice(DOMAINS)}.{organisation}.{rng.choice(_TOPS)}"
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
    domain = f"{rng.choice(DOMAINS)}.{rng.choice(ORGANISATIONS)}.{rng.choice(_TOPS)}"
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


@dataclass(frozen=True, slots=True)
class Distribution:
    """A private bucket behind CloudFront, which alone may read it."""

    region: str
    bucket: str
    comment: str
    root: str
    price: str
    ipv6: bool
    compress: bool
    country: tuple[str, ...]
    page: str
    code: int


def _sample_distribution(rng: Random) -> Distribution:
    domain = rng.choice(DOMAINS)
    return Distribution(
        region=rng.choice(REGIONS),
        bucket=f"{rng.choice(ORGANISATIONS)}-{domain}-{rng.choice(('site', 'web', 'static'))}",
        comment=f"{rng.choice(('Site', 'Static files', 'Frontend', 'Pages'))} of {domain}",
        root=rng.choice(("index.html", "home.html", "app.html", "start.html")),
        price=rng.choice(("PriceClass_100", "PriceClass_200", "PriceClass_All")),
        ipv6=rng.random() < 0.6,
        compress=rng.random() < 0.7,
        country=tuple(
            sorted(rng.sample(("DE", "FR", "US", "GB", "IN", "JP", "CA", "SE", "NL", "ES"), 3))
        ),
        page=rng.choice(("/404.html", "/error.html", "/missing.html", "/oops.html")),
        code=rng.choice((403, 404)),
    )


def _distribution_brief(s: Distribution) -> Brief:
    kind, bucket, control = (
        "aws_cloudfront_distribution",
        "aws_s3_bucket",
        "aws_cloudfront_origin_access_control",
    )
    behavior, policy = "default_cache_behavior[0]", "aws_s3_bucket_policy"
    ipv6, compress = ("on" if each else "off" for each in (s.ipv6, s.compress))
    return Brief(
        need(
            f"CloudFront distribution over the new S3 bucket {lit(s.bucket)}, with an origin"
            f" access control",
            f"a Terraform configuration for a CloudFront distribution that serves a new S3 bucket"
            f" {lit(s.bucket)} with an origin access control (OAC)",
            f"Terraform code for the S3 bucket {lit(s.bucket)} and a CloudFront distribution"
            f" before it, with an origin access control",
            pins=[
                planned(bucket, "bucket", s.bucket),
                planned(kind, "enabled", True),
                refers(kind, "origin[].domain_name", bucket),
                refers(kind, "origin[].origin_access_control_id", control),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"comment {lit(s.comment)}, root object {lit(s.root)}, {lit(s.price)}",
                f"Its comment is {lit(s.comment)}, its default root object {lit(s.root)} and its"
                f" price class {lit(s.price)}",
                f"Serve {lit(s.root)} at the root, with the price class {lit(s.price)} and the"
                f" comment {lit(s.comment)}",
                pins=[
                    has(
                        kind,
                        {
                            "comment": s.comment,
                            "default_root_object": s.root,
                            "price_class": s.price,
                        },
                    )
                ],
            ),
            need(
                f"IPv6 {ipv6}, compression {compress}",
                f"IPv6 is explicitly {ipv6}, compression explicitly {compress}",
                f"Say explicitly that IPv6 is {ipv6} and compression {compress}",
                pins=[has(kind, {"is_ipv6_enabled": s.ipv6, f"{behavior}.compress": s.compress})],
            ),
            need(
                "GET and HEAD only, HTTPS by redirect, managed policy CachingOptimized"
                f" ({lit(_CACHING)})",
                f"Only GET and HEAD are allowed and cached, HTTP is redirected to HTTPS, and the"
                f" cache policy is the managed CachingOptimized ({lit(_CACHING)})",
                f"The default behavior allows and caches GET and HEAD, redirects to HTTPS and uses"
                f" the cache policy {lit(_CACHING)} (CachingOptimized)",
                pins=[
                    members(kind, f"{behavior}.allowed_methods", ["GET", "HEAD"]),
                    members(kind, f"{behavior}.cached_methods", ["GET", "HEAD"]),
                    has(
                        kind,
                        {
                            f"{behavior}.viewer_protocol_policy": "redirect-to-https",
                            f"{behavior}.cache_policy_id": _CACHING,
                        },
                    ),
                    planned_true(kind, f"origin[0].origin_id == {behavior}.target_origin_id"),
                ],
            ),
            need(
                f"error {num(s.code)} shows {lit(s.page)} with a 404",
                f"For the error {num(s.code)} it answers {lit(s.page)} with a 404",
                f"A custom error response turns {num(s.code)} into a 404 with {lit(s.page)}",
                pins=[
                    planned_true(
                        kind,
                        f"custom_error_response[?error_code == `{s.code}` && response_code =="
                        f" `404` && response_page_path == '{s.page}'] | [0]",
                    )
                ],
            ),
            need(
                f"only for visitors from {lits(s.country)} (whitelist); the default certificate",
                f"A whitelist lets in visitors from {lits(s.country)}; it uses CloudFront's"
                f" default certificate",
                f"Restrict it to {lits(s.country)} by a geographic whitelist, and use the default"
                f" certificate of CloudFront",
                pins=[
                    members(kind, "restrictions[0].geo_restriction[0].locations", s.country),
                    has(
                        kind,
                        {
                            "restrictions[0].geo_restriction[0].restriction_type": "whitelist",
                            "viewer_certificate[0].cloudfront_default_certificate": True,
                        },
                    ),
                ],
            ),
            need(
                f"the origin access control {lit(s.bucket)} always signs, with sigv4",
                f"The access control, called {lit(s.bucket)} like the bucket, is for S3 and signs"
                f" every request with sigv4",
                f"Requests to S3 are always signed (sigv4); the access control has the bucket's"
                f" name, {lit(s.bucket)}",
                pins=[
                    has(
                        control,
                        {
                            "name": s.bucket,
                            "origin_access_control_origin_type": "s3",
                            "signing_behavior": "always",
                            "signing_protocol": "sigv4",
                        },
                    )
                ],
            ),
            need(
                "cloudfront.amazonaws.com may do s3:GetObject for this distribution"
                " (aws:SourceArn), in an aws_iam_policy_document",
                "The bucket's policy, an aws_iam_policy_document, lets cloudfront.amazonaws.com do"
                " s3:GetObject on its objects if aws:SourceArn is this distribution",
                "Only this distribution (aws:SourceArn) may read the bucket's objects:"
                " s3:GetObject for cloudfront.amazonaws.com, by an aws_iam_policy_document",
                pins=[
                    all_refer(policy, "bucket", bucket),
                    all_refer(policy, "policy", "data.aws_iam_policy_document"),
                    documented("s3:GetObject", "cloudfront.amazonaws.com", bucket, kind),
                ],
            ),
        ),
    )


_CACHING = "658327ea-f89d-4fab-a63d-7e88639e58f6"
"""The managed cache policy CachingOptimized, the same in every account."""


def _distribution_answer(s: Distribution) -> str:
    called = label(s.bucket.partition("-")[2])
    return f"""\
{provider(s.region)}
resource "aws_s3_bucket" "{called}" {{
  bucket = "{s.bucket}"
}}

resource "aws_cloudfront_origin_access_control" "{called}" {{
  name                              = "{s.bucket}"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}}

resource "aws_cloudfront_distribution" "{called}" {{
  enabled             = true
  comment             = "{s.comment}"
  default_root_object = "{s.root}"
  price_class         = "{s.price}"
  is_ipv6_enabled     = {switch(s.ipv6)}

  origin {{
    origin_id                = "bucket"
    domain_name              = aws_s3_bucket.{called}.bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.{called}.id
  }}

  default_cache_behavior {{
    target_origin_id       = "bucket"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    viewer_protocol_policy = "redirect-to-https"
    cache_policy_id        = "{_CACHING}"
    compress               = {switch(s.compress)}
  }}

  custom_error_response {{
    error_code         = {s.code}
    response_code      = 404
    response_page_path = "{s.page}"
  }}

  restrictions {{
    geo_restriction {{
      restriction_type = "whitelist"
      locations        = [{quoted(s.country)}]
    }}
  }}

  viewer_certificate {{
    cloudfront_default_certificate = true
  }}
}}

data "aws_iam_policy_document" "{called}" {{
  statement {{
    actions   = ["s3:GetObject"]
    resources = ["${{aws_s3_bucket.{called}.arn}}/*"]

    principals {{
      type        = "Service"
      identifiers = ["cloudfront.amazonaws.com"]
    }}

    condition {{
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudfront_distribution.{called}.arn]
    }}
  }}
}}

resource "aws_s3_bucket_policy" "{called}" {{
  bucket = aws_s3_bucket.{called}.id
  policy = data.aws_iam_policy_document.{called}.json
}}
"""


DISTRIBUTION = Topic(
    name="cloudfront-bucket",
    format="terraform",
    sample=_sample_distribution,
    brief=_distribution_brief,
    answer=_distribution_answer,
)

_MANAGED = (
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesSQLiRuleSet",
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesLinuxRuleSet",
)


@dataclass(frozen=True, slots=True)
class Firewall:
    """A rate limit and one managed group of rules."""

    region: str
    name: str
    description: str
    limit: int
    window: int
    managed: str
    balancer: str
    sampled: bool


def _sample_firewall(rng: Random) -> Firewall:
    region, name = rng.choice(REGIONS), service(rng)
    account = rng.randint(10**11, 10**12 - 1)
    return Firewall(
        region=region,
        name=f"{name}-{rng.choice(('waf', 'acl', 'firewall'))}",
        description=f"Protects {rng.choice(('the public', 'the', 'every'))} {name}",
        limit=rng.choice((500, 1000, 1500, 2000, 3000, 5000)),
        window=rng.choice((60, 120, 600)),
        managed=rng.choice(_MANAGED),
        balancer=f"arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/"
        f"{rng.getrandbits(64):016x}",
        sampled=rng.random() < 0.5,
    )


def _firewall_brief(s: Firewall) -> Brief:
    kind, association = "aws_wafv2_web_acl", "aws_wafv2_web_acl_association"
    limit = "statement[0].rate_based_statement[0]"
    managed = "statement[0].managed_rule_group_statement[0]"
    sampled = "on" if s.sampled else "off"
    return Brief(
        need(
            f"regional web ACL {lit(s.name)} (WAFv2) on the load balancer {lit(s.balancer)}",
            f"a Terraform configuration for a regional WAFv2 web ACL {lit(s.name)} on the existing"
            f" load balancer {lit(s.balancer)}",
            f"Terraform code for the web ACL {lit(s.name)} (WAFv2, scope REGIONAL) that protects"
            f" the load balancer {lit(s.balancer)}",
            pins=[
                has(kind, {"name": s.name, "scope": "REGIONAL"}),
                planned(association, "resource_arn", s.balancer),
                all_refer(association, "web_acl_arn", kind),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"description {lit(s.description)}; requests are allowed by default",
                f"It is described as {lit(s.description)} and allows requests by default",
                f"Describe it as {lit(s.description)}; its default action is to allow",
                pins=[
                    planned(kind, "description", s.description),
                    planned_true(kind, "length(default_action[0].allow || `[]`) > `0`"),
                ],
            ),
            need(
                f"rule {lit('rate-limit')}, priority 1: blocks an address after {num(s.limit)}"
                f" requests in {num(s.window)} seconds",
                f"The rule {lit('rate-limit')} of priority 1 blocks an IP address that sends more"
                f" than {num(s.limit)} requests in {num(s.window)} seconds",
                f"First (priority 1) comes {lit('rate-limit')}: by IP, {num(s.limit)} requests per"
                f" {num(s.window)} seconds, then block",
                pins=[
                    planned_true(
                        kind,
                        "rule[?name == 'rate-limit' && priority == `1`"
                        f" && {limit}.limit == `{s.limit}`"
                        f" && {limit}.evaluation_window_sec == `{s.window}`"
                        f" && {limit}.aggregate_key_type == 'IP'"
                        " && length(action[0].block || `[]`) > `0`] | [0]",
                    )
                ],
            ),
            need(
                f"rule {lit('managed')}, priority 2: {lit(s.managed)} of AWS, not overridden",
                f"The rule {lit('managed')} of priority 2 applies AWS's {lit(s.managed)} without"
                f" overriding its actions",
                f"Second (priority 2) comes {lit('managed')}, the group {lit(s.managed)} of the"
                f" vendor AWS, with its own actions (override none)",
                pins=[
                    planned_true(
                        kind,
                        "rule[?name == 'managed' && priority == `2`"
                        f" && {managed}.name == '{s.managed}' && {managed}.vendor_name == 'AWS'"
                        " && length(override_action[0].none || `[]`) > `0`] | [0]",
                    ),
                ],
            ),
            need(
                f"CloudWatch metrics {lit(s.name)}, {lit('rate-limit')} and {lit('managed')};"
                f" sampled requests {sampled}",
                f"ACL and rules have CloudWatch metrics, called {lit(s.name)},"
                f" {lit('rate-limit')} and {lit('managed')}; sampling of requests is {sampled}"
                f" everywhere",
                f"Metrics in CloudWatch are on as {lit(s.name)} for the ACL, {lit('rate-limit')}"
                f" and {lit('managed')} for the rules; sampled requests are {sampled} for all",
                pins=[
                    planned_true(
                        kind,
                        f"visibility_config[0].metric_name == '{s.name}'"
                        f" && rule[?visibility_config[0].metric_name == 'rate-limit'] | [0]",
                    ),
                    planned_true(kind, "rule[?visibility_config[0].metric_name == 'managed']"),
                    plan(
                        f"{_RESOURCES}[?type=='{kind}'].values.[visibility_config,"
                        " rule[].visibility_config[]][][] | sort_by(@, &metric_name)"
                        "[].[cloudwatch_metrics_enabled, sampled_requests_enabled]",
                        [[True, s.sampled]] * 3,
                    ),
                ],
            ),
        ),
    )


def _seen_as(metric: str, sampled: bool, indent: str) -> str:
    return f"""\
{indent}visibility_config {{
{indent}  metric_name                = "{metric}"
{indent}  cloudwatch_metrics_enabled = true
{indent}  sampled_requests_enabled   = {switch(sampled)}
{indent}}}
"""


def _firewall_answer(s: Firewall) -> str:
    called = label(s.name)
    return f"""\
{provider(s.region)}
resource "aws_wafv2_web_acl" "{called}" {{
  name        = "{s.name}"
  description = "{s.description}"
  scope       = "REGIONAL"

  default_action {{
    allow {{}}
  }}

  rule {{
    name     = "rate-limit"
    priority = 1

    action {{
      block {{}}
    }}

    statement {{
      rate_based_statement {{
        limit                 = {s.limit}
        evaluation_window_sec = {s.window}
        aggregate_key_type    = "IP"
      }}
    }}

{_seen_as("rate-limit", s.sampled, "    ")}  }}

  rule {{
    name     = "managed"
    priority = 2

    override_action {{
      none {{}}
    }}

    statement {{
      managed_rule_group_statement {{
        name        = "{s.managed}"
        vendor_name = "AWS"
      }}
    }}

{_seen_as("managed", s.sampled, "    ")}  }}

{_seen_as(s.name, s.sampled, "  ")}}}

resource "aws_wafv2_web_acl_association" "{called}" {{
  resource_arn = "{s.balancer}"
  web_acl_arn  = aws_wafv2_web_acl.{called}.arn
}}
"""


FIREWALL = Topic(
    name="waf-web-acl",
    format="terraform",
    sample=_sample_firewall,
    brief=_firewall_brief,
    answer=_firewall_answer,
    bench_only=True,
)
