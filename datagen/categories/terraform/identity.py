"""Terraform, identity: a Cognito user pool with a client and a domain."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.categories.terraform.pieces import label, provider, quoted, switch
from datagen.needs import in_region
from datagen.pins import all_refer, has, members, planned, planned_true
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, ORGANISATIONS, REGIONS


@dataclass(frozen=True, slots=True)
class UserPool:
    """Users who sign in by e-mail, and the application that sends them."""

    region: str
    name: str
    length: int
    symbols: bool
    days: int
    client: str
    callback: str
    scopes: tuple[str, ...]
    access: int
    refresh: int
    domain: str


def _sample_pool(rng: Random) -> UserPool:
    domain, organisation = rng.choice(DOMAINS), rng.choice(ORGANISATIONS)
    host = rng.choice(("app", "www", "portal", "my", "console"))
    return UserPool(
        region=rng.choice(REGIONS),
        name=f"{domain}-{rng.choice(('users', 'customers', 'staff', 'members'))}",
        length=rng.choice((9, 10, 12, 14, 16)),
        symbols=rng.random() < 0.5,
        days=rng.choice((1, 2, 3, 5)),
        client=f"{domain}-{rng.choice(('web', 'spa', 'mobile', 'frontend'))}",
        callback=f"https://{host}.{organisation}.com/{rng.choice(('callback', 'auth', 'login'))}",
        scopes=rng.choice(
            (("email", "openid"), ("openid", "profile"), ("email", "openid", "phone"))
        ),
        access=rng.choice((15, 20, 30, 45, 90)),
        refresh=rng.choice((7, 10, 14, 28, 60)),
        domain=f"{organisation}-{domain}",
    )


def _pool_brief(s: UserPool) -> Brief:
    kind, client, domain = (
        "aws_cognito_user_pool",
        "aws_cognito_user_pool_client",
        "aws_cognito_user_pool_domain",
    )
    password = "password_policy[0]"
    symbols = "required" if s.symbols else "not required"
    return Brief(
        need(
            f"Cognito user pool {lit(s.name)} with the client {lit(s.client)} and the domain"
            f" prefix {lit(s.domain)}",
            f"a Terraform configuration for a Cognito user pool {lit(s.name)} with an app client"
            f" {lit(s.client)} and the domain prefix {lit(s.domain)}",
            f"Terraform code for the Cognito user pool {lit(s.name)}, its client {lit(s.client)}"
            f" and a hosted domain {lit(s.domain)}",
            pins=[
                planned(kind, "name", s.name),
                planned(client, "name", s.client),
                planned(domain, "domain", s.domain),
                all_refer(client, "user_pool_id", kind),
                all_refer(domain, "user_pool_id", kind),
            ],
        ),
        (
            in_region(s.region),
            need(
                "users sign in with their e-mail address, which is verified",
                "The e-mail address is the user name and is verified automatically",
                "People sign in by e-mail (username_attributes), verified automatically",
                pins=[
                    members(kind, "username_attributes", ["email"]),
                    members(kind, "auto_verified_attributes", ["email"]),
                ],
            ),
            need(
                f"passwords of {num(s.length)} characters with lower and upper case and numbers;"
                f" symbols {symbols}; temporary ones last {num(s.days)} days",
                f"A password has at least {num(s.length)} characters, lower and upper case letters"
                f" and numbers; symbols are explicitly {symbols}. A temporary one is good for"
                f" {num(s.days)} days",
                f"Passwords: length {num(s.length)}, lowercase, uppercase and numbers required,"
                f" symbols explicitly {symbols}; temporary passwords are valid {num(s.days)} days",
                pins=[
                    has(
                        kind,
                        {
                            f"{password}.minimum_length": s.length,
                            f"{password}.require_lowercase": True,
                            f"{password}.require_uppercase": True,
                            f"{password}.require_numbers": True,
                            f"{password}.require_symbols": s.symbols,
                            f"{password}.temporary_password_validity_days": s.days,
                        },
                    )
                ],
            ),
            need(
                "TOTP as an optional second factor; accounts recovered by verified e-mail",
                "MFA is OPTIONAL with software tokens (TOTP), and an account is recovered by its"
                " verified e-mail",
                "Accounts are recovered by verified_email; MFA by software token is OPTIONAL",
                pins=[
                    has(
                        kind,
                        {
                            "mfa_configuration": "OPTIONAL",
                            "software_token_mfa_configuration[0].enabled": True,
                        },
                    ),
                    planned_true(
                        kind,
                        "account_recovery_setting[0].recovery_mechanism[?name =="
                        " 'verified_email' && priority == `1`] | [0]",
                    ),
                ],
            ),
            need(
                f"client: authorization code flow, callback {lit(s.callback)}, scopes"
                f" {lits(s.scopes)}, provider COGNITO, no secret",
                f"The client uses the authorization code flow with the callback"
                f" {lit(s.callback)} and the scopes {lits(s.scopes)}; its identity provider is"
                f" COGNITO, and it has explicitly no secret",
                f"For the client (without a secret, explicitly): OAuth by code, scopes"
                f" {lits(s.scopes)}, callback URL {lit(s.callback)}, provider COGNITO",
                pins=[
                    members(client, "allowed_oauth_flows", ["code"]),
                    members(client, "allowed_oauth_scopes", s.scopes),
                    members(client, "callback_urls", [s.callback]),
                    members(client, "supported_identity_providers", ["COGNITO"]),
                    has(
                        client,
                        {"generate_secret": False, "allowed_oauth_flows_user_pool_client": True},
                    ),
                ],
            ),
            need(
                f"access tokens for {num(s.access)} minutes, refresh tokens for {num(s.refresh)}"
                f" days",
                f"Access tokens are valid for {num(s.access)} minutes, refresh tokens for"
                f" {num(s.refresh)} days (set the units, too)",
                f"Give access tokens {num(s.access)} minutes and refresh tokens"
                f" {num(s.refresh)} days, with their units",
                pins=[
                    has(
                        client,
                        {
                            "access_token_validity": s.access,
                            "refresh_token_validity": s.refresh,
                            "token_validity_units[0].access_token": "minutes",
                            "token_validity_units[0].refresh_token": "days",
                        },
                    )
                ],
            ),
        ),
    )


def _pool_answer(s: UserPool) -> str:
    called, client = label(s.name), label(s.client)
    return f"""\
{provider(s.region)}
resource "aws_cognito_user_pool" "{called}" {{
  name                     = "{s.name}"
  username_attributes      = ["email"]
  auto_verified_attributes = ["email"]
  mfa_configuration        = "OPTIONAL"

  software_token_mfa_configuration {{
    enabled = true
  }}

  password_policy {{
    minimum_length                   = {s.length}
    require_lowercase                = true
    require_uppercase                = true
    require_numbers                  = true
    require_symbols                  = {switch(s.symbols)}
    temporary_password_validity_days = {s.days}
  }}

  account_recovery_setting {{
    recovery_mechanism {{
      name     = "verified_email"
      priority = 1
    }}
  }}
}}

resource "aws_cognito_user_pool_client" "{client}" {{
  name            = "{s.client}"
  user_pool_id    = aws_cognito_user_pool.{called}.id
  generate_secret = false

  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["code"]
  allowed_oauth_scopes                 = [{quoted(s.scopes)}]
  callback_urls                        = ["{s.callback}"]
  supported_identity_providers         = ["COGNITO"]

  access_token_validity  = {s.access}
  refresh_token_validity = {s.refresh}

  token_validity_units {{
    access_token  = "minutes"
    refresh_token = "days"
  }}
}}

resource "aws_cognito_user_pool_domain" "{called}" {{
  domain       = "{s.domain}"
  user_pool_id = aws_cognito_user_pool.{called}.id
}}
"""


POOL = Topic(
    name="cognito-user-pool",
    format="terraform",
    sample=_sample_pool,
    brief=_pool_brief,
    answer=_pool_answer,
    bench_only=True,
)
