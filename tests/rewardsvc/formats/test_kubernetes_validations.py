"""Rules in CEL that custom resources' schemas have: asked as an API server asks them, bounded."""

import time
from typing import Any

import pytest

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats import FORMATS
from rewardsvc.formats.kubernetes import expressions
from rewardsvc.formats.kubernetes.expressions import FUNCTIONS, Expression, Skipped, compiled
from rewardsvc.formats.kubernetes.validations import Validations, examined, tally
from rewardsvc.types import StageStatus
from rewardsvc.verification.verifier import Workbench
from tests.needs import lacks

WORKING: dict[str, tuple[str, Any]] = {
    "bytes": ("bytes(self) == b'a'", "a"),
    "contains": ("self.contains('b')", "abc"),
    "double": ("double(self) == 1.5", "1.5"),
    "duration": ("duration(self) > duration('1m')", "90s"),
    "dyn": ("dyn(self) == 1", 1),
    "endsWith": ("self.endsWith('c')", "abc"),
    "int": ("int(self) == 5", "5"),
    "matches": ("self.matches('^(?i)A+$')", "aa"),
    "size": ("self.size() == 2 && size(self) == 2", [1, 2]),
    "startsWith": ("self.startsWith('a')", "abc"),
    "string": ("string(self) == '5'", 5),
    "timestamp": ("timestamp(self) > timestamp('2020-01-01T00:00:00Z')", "2021-01-01T00:00:00Z"),
    "type": ("type(self) == string", "a"),
    "uint": ("uint(self) == 5u", 5),
}


def expression(text: str) -> Expression:
    found = compiled(text)
    assert isinstance(found, Expression), found
    return found


def test_the_library_has_the_functions_that_it_is_said_to_have() -> None:
    assert WORKING.keys() == FUNCTIONS
    for text, value in WORKING.values():
        assert expression(text).holds(value) is True, text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("self == oldSelf", Skipped.TRANSITION),
        ("!has(oldSelf.a) || has(self.a)", Skipped.TRANSITION),
        ("isURL(self)", Skipped.FUNCTION),
        ("self.split('/').size() == 2", Skipped.FUNCTION),
        ("self.?a.orValue(1) == 1", Skipped.UNREADABLE),
        ("self ==", Skipped.UNREADABLE),
        ("self == '" + "a" * expressions.MAX_CHARACTERS + "'", Skipped.UNREADABLE),
    ],
)
def test_what_is_not_asked_has_its_reason(text: str, why: Skipped) -> None:
    assert compiled(text) is why


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("self.a.b == 1", {}),
        ("self > 'a'", 1),
        ("1 / self == 1", 0),
        ("self.matches('(')", "a"),
        ("self + 1", 1),
        ("self.startsWith('a')", "\ud800"),
    ],
)
def test_an_expression_that_fails_on_a_value_says_nothing(text: str, value: Any) -> None:
    assert expression(text).holds(value) is None


class PanicException(BaseException):
    """As Rust's bindings raise when their library panics."""


class Panicking:
    def execute(self, context: object) -> bool:
        raise PanicException


def test_an_expression_that_breaks_the_library_is_not_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = expression("self == 1")
    monkeypatch.setattr(broken, "_program", Panicking())
    assert broken.holds(1) is None
    assert broken._program is None
    assert broken.holds(2) is None


def rules(*texts: str, **more: Any) -> dict[str, Any]:
    return {"x-kubernetes-validations": [{"rule": text} for text in texts], **more}


SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "spec": rules(
            "self.mode != 'off' || !has(self.ports)",
            "self.__namespace__ != 'kube-system'",
            type="object",
            properties={
                "mode": {"type": "string", "default": "off"},
                "namespace": {"type": "string", "default": "a"},
                "ports": {
                    "type": "array",
                    "items": rules("self.number > 0", properties={"number": {}}),
                },
                "labels": rules(
                    "self.all(key, key.contains('-'))", additionalProperties={"type": "string"}
                ),
            },
        )
    },
}


@pytest.mark.parametrize(
    ("spec", "places"),
    [
        ({"mode": "on", "ports": [{"number": 1}]}, []),
        ({"ports": [{"number": 1}]}, ["spec"]),
        ({"ports": None}, []),
        ({"mode": None, "ports": [{"number": 1}]}, []),
        ({"mode": "on", "ports": [{"number": 1}, {"number": 0}]}, ["spec.ports[1]"]),
        ({"mode": "on", "ports": [{}]}, []),
        ({"namespace": "kube-system"}, ["spec"]),
        ({"labels": {"a-b": "c"}}, []),
        ({"labels": {"a-b": "c", "ab": "c"}}, ["spec.labels"]),
    ],
)
def test_rules_see_defaults_and_no_nulls_and_names_as_an_api_server_writes_them(
    spec: dict[str, Any], places: list[str]
) -> None:
    found = Validations(SCHEMA).violations({"spec": spec})
    assert [violation.place for violation in found] == places


def test_a_message_and_the_field_that_it_is_about_are_the_rules_own() -> None:
    row = {"rule": "self.a > 1", "message": "a is more than 1", "fieldPath": ".a"}
    schema = {"x-kubernetes-validations": [row], "properties": {"a": {}}}
    (violation,) = Validations(schema).violations({"a": 1})
    assert (violation.place, violation.message) == ("a", "a is more than 1")
    (violation,) = Validations(rules("self.a\n  > 1", properties={"a": {}})).violations({"a": 1})
    assert (violation.path, violation.message) == ((), "failed rule: self.a > 1")


@pytest.mark.parametrize("size", [1_000, 100_000])
def test_asking_is_bounded(size: int) -> None:
    text = "self.all(a, self.all(b, self.exists(c, c == a + b || true)))"
    nested: Any = 1
    for _ in range(500):
        nested = [nested]
    validations = Validations({"properties": {"a": rules(text, items={})}})
    started = time.process_time()
    assert validations.violations({"a": list(range(size))}) == []
    assert validations.violations({"a": [nested]}) == []
    assert time.process_time() - started < 5


ROUTE = """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec:
  parentRefs: [{name: public}]
  rules:
    - %s
"""
GATEWAY = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public}
spec: {gatewayClassName: envoy, listeners: [%s]}
"""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (ROUTE % "backendRefs: [{name: web, port: 80}]", ""),
        (ROUTE % "backendRefs: [{name: web}]", "rules[0].backendRefs[0]: Must have port"),
        (ROUTE % "matches: [{path: {value: a}}]", "must be an absolute path"),
        (ROUTE % "filters: [{type: URLRewrite}]", "filter.urlRewrite must be specified"),
        (
            ROUTE % "filters: [{type: RequestRedirect, urlRewrite: {hostname: a.example.org}}]",
            "filter.requestRedirect must be specified",
        ),
        (GATEWAY % "{name: web, port: 80, protocol: HTTP}", ""),
        (GATEWAY % "{name: web, port: 80, protocol: HTTP, tls: {mode: Terminate}}", "tls must not"),
        (
            GATEWAY
            % "{name: a, port: 80, protocol: HTTP}, {name: a, port: 81, protocol: HTTP}",
            "Listener name must be unique",
        ),
    ],
)  # fmt: skip
@pytest.mark.asyncio(loop_scope="module")
async def test_what_a_gateway_refuses_in_cel_costs_syntax(
    text: str, says: str, workbench: Workbench
) -> None:
    if workbench.toolchain.crd_schemas is None:
        lacks("crds", "the schemas of custom resources are not here: run `make setup`")
    artifact = Artifact((File("manifest.yaml", "yaml", text),))
    findings = await FORMATS["kubernetes"].verifier.verify(artifact, workbench)
    schema = next(stage for stage in findings.stages if stage.name == "schema")
    said = [each.message for each in schema.diagnostics if each.severity == "error"]
    assert (schema.status is StageStatus.FAILED) is bool(says)
    assert len(said) == bool(says)
    assert says in "".join(said)


@pytest.mark.asyncio(loop_scope="module")
async def test_of_the_installed_schemas_few_rules_are_skipped(workbench: Workbench) -> None:
    if workbench.toolchain.crd_schemas is None:
        lacks("crds", "the schemas of custom resources are not here: run `make setup`")
    asked, skipped = tally(workbench.toolchain.crd_schemas)
    assert asked >= 300
    assert skipped.keys() <= {Skipped.TRANSITION, Skipped.FUNCTION}
    assert 0 < skipped[Skipped.FUNCTION] <= 10
    said = examined(workbench.toolchain)
    assert f"{asked} asked, {skipped[Skipped.TRANSITION]} skipped" in said
    assert Skipped.FUNCTION.value in said
