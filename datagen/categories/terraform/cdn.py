"""Terraform, content delivery: CloudFront before a private bucket."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.categories.terraform.pieces import documented, label, provider, quoted, switch
from datagen.needs import in_region
from datagen.pins import (
    all_refer,
    has,
    members,
    planned,
    planned_true,
    refers,
)
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, ORGANISATIONS, REGIONS


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
                    documented(
                        (policy, "policy"), "s3:GetObject", "cloudfront.amazonaws.com", bucket, kind
                    ),
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
