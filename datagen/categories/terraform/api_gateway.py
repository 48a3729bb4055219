"""Terraform, API Gateway: an HTTP API with its routes."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.categories.terraform.pieces import (
    label,
    provider,
)
from datagen.needs import in_region
from datagen.pins import all_refer, count_of, has, members, planned, planned_all
from datagen.topic import Topic
from datagen.vocabulary import (
    DOMAINS,
    ORGANISATIONS,
    REGIONS,
    account,
)

_METHODS = ("GET", "POST", "PUT", "DELETE")


@dataclass(frozen=True, slots=True)
class HttpApi:
    """An HTTP API with some routes to a function that exists."""

    region: str
    name: str
    account: str
    function: str
    routes: tuple[str, ...]
    origin: str
    stage: str
    burst: int
    rate: int


def _sample_api(rng: Random) -> HttpApi:
    domain = rng.choice(DOMAINS)
    paths = (f"/{domain}", f"/{domain}/{{id}}", "/health", "/status", f"/v1/{domain}")
    routes = [f"{method} {path}" for method in _METHODS for path in paths]
    return HttpApi(
        region=rng.choice(REGIONS),
        name=f"{domain}-{rng.choice(('api', 'gateway', 'http', 'public'))}",
        account=account(rng),
        function=f"{domain}-{rng.choice(('backend', 'handler', 'function', 'service'))}",
        routes=tuple(sorted(rng.sample(routes, rng.randint(2, 4)))),
        origin=f"https://{rng.choice(('app', 'www', 'admin', 'portal', 'my'))}"
        f".{rng.choice(ORGANISATIONS)}.com",
        stage=rng.choice(("$default", "v1", "live", "prod")),
        burst=rng.choice((50, 100, 200, 500, 1000)),
        rate=rng.choice((25, 40, 60, 80, 150, 250)),
    )


def _api_brief(s: HttpApi) -> Brief:
    kind, integration, route = (
        "aws_apigatewayv2_api",
        "aws_apigatewayv2_integration",
        "aws_apigatewayv2_route",
    )
    stage, permission = "aws_apigatewayv2_stage", "aws_lambda_permission"
    arn = f"arn:aws:lambda:{s.region}:{s.account}:function:{s.function}"
    return Brief(
        need(
            f"API Gateway HTTP API {lit(s.name)} in front of the existing Lambda function"
            f" {lit(arn)}",
            f"a Terraform configuration for an API Gateway HTTP API {lit(s.name)} in front of the"
            f" existing Lambda function {lit(arn)}",
            f"Terraform code for the HTTP API {lit(s.name)} (API Gateway v2); the function"
            f" {lit(arn)} exists and answers its requests",
            pins=[
                has(kind, {"name": s.name, "protocol_type": "HTTP"}),
                planned(integration, "integration_uri", arn),
                *(all_refer(type, "api_id", kind) for type in (integration, route, stage)),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"routes {lits(s.routes)}",
                f"Its routes are {lits(s.routes)}, in one resource with for_each",
                f"Route {lits(s.routes)} to the function; one route resource with for_each does",
                pins=[
                    planned_all(route, "route_key", s.routes),
                    all_refer(route, "target", integration),
                ],
            ),
            need(
                "proxy integration (AWS_PROXY) with payload format 2.0",
                "The integration is of the type AWS_PROXY with the payload format version 2.0",
                "Use the payload format 2.0 and AWS_PROXY for the integration",
                pins=[
                    has(
                        integration,
                        {"integration_type": "AWS_PROXY", "payload_format_version": "2.0"},
                    )
                ],
            ),
            need(
                f"CORS for {lit(s.origin)} with the methods GET and POST",
                f"Allow CORS from {lit(s.origin)} for the methods GET and POST",
                f"Browsers at {lit(s.origin)} may send GET and POST (CORS)",
                pins=[
                    members(kind, "cors_configuration[0].allow_origins", [s.origin]),
                    members(kind, "cors_configuration[0].allow_methods", ["GET", "POST"]),
                ],
            ),
            need(
                f"stage {lit(s.stage)}, deployed automatically, throttled to {num(s.rate)} requests"
                f" a second and bursts of {num(s.burst)}",
                f"The stage {lit(s.stage)} deploys by itself and is throttled: {num(s.rate)}"
                f" requests a second, bursts of {num(s.burst)}",
                f"Auto-deploy the stage {lit(s.stage)}; by default its routes take {num(s.rate)}"
                f" requests a second and bursts of {num(s.burst)}",
                pins=[
                    has(
                        stage,
                        {
                            "name": s.stage,
                            "auto_deploy": True,
                            "default_route_settings[0].throttling_rate_limit": s.rate,
                            "default_route_settings[0].throttling_burst_limit": s.burst,
                        },
                    )
                ],
            ),
            need(
                f"apigateway.amazonaws.com may invoke {lit(s.function)}, from this API only",
                f"Allow apigateway.amazonaws.com to invoke {lit(s.function)}, and only from this"
                f" API (source_arn)",
                f"A permission lets apigateway.amazonaws.com invoke {lit(s.function)}; its source"
                f" is this API's execution ARN",
                pins=[
                    has(
                        permission,
                        {
                            "function_name": s.function,
                            "principal": "apigateway.amazonaws.com",
                            "action": "lambda:InvokeFunction",
                        },
                    ),
                    all_refer(permission, "source_arn", kind),
                    count_of(permission, 1),
                ],
            ),
        ),
    )


def _api_answer(s: HttpApi) -> str:
    called = label(s.name)
    routes = "\n".join(f'    "{route}",' for route in s.routes)
    return f"""\
{provider(s.region)}
resource "aws_apigatewayv2_api" "{called}" {{
  name          = "{s.name}"
  protocol_type = "HTTP"

  cors_configuration {{
    allow_origins = ["{s.origin}"]
    allow_methods = ["GET", "POST"]
  }}
}}

resource "aws_apigatewayv2_integration" "{label(s.function)}" {{
  api_id                 = aws_apigatewayv2_api.{called}.id
  integration_type       = "AWS_PROXY"
  integration_uri        = "arn:aws:lambda:{s.region}:{s.account}:function:{s.function}"
  payload_format_version = "2.0"
}}

resource "aws_apigatewayv2_route" "{called}" {{
  for_each = toset([
{routes}
  ])

  api_id    = aws_apigatewayv2_api.{called}.id
  route_key = each.value
  target    = "integrations/${{aws_apigatewayv2_integration.{label(s.function)}.id}}"
}}

resource "aws_apigatewayv2_stage" "{called}" {{
  api_id      = aws_apigatewayv2_api.{called}.id
  name        = "{s.stage}"
  auto_deploy = true

  default_route_settings {{
    throttling_rate_limit  = {s.rate}
    throttling_burst_limit = {s.burst}
  }}
}}

resource "aws_lambda_permission" "{called}" {{
  function_name = "{s.function}"
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${{aws_apigatewayv2_api.{called}.execution_arn}}/*/*"
}}
"""


API = Topic(
    name="http-api-lambda",
    format="terraform",
    sample=_sample_api,
    brief=_api_brief,
    answer=_api_answer,
)
