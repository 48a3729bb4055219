"""Compose files: interpolation, references, ports, what runs, and real stacks."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats import FORMATS
from rewardsvc.formats.compose.interpolation import is_valid
from rewardsvc.types import Target
from rewardsvc.verification.verifier import Findings, Workbench

SHARED = Path(__file__).resolve().parents[4] / "shared/data/compose/good"
asynchronous = pytest.mark.asyncio(loop_scope="module")

EXCEPTIONS: dict[str, str] = {}
"""Known-good files that do not earn full syntax, each with the reason."""


async def verify(text: str, workbench: Workbench) -> Findings:
    artifact = Artifact((File("compose.yaml", "yaml", text),))
    return await FORMATS["compose"].verifier.verify(artifact, workbench)


def errors(findings: Findings, stage: str) -> list[str]:
    """The codes of a stage's errors."""
    (found,) = (each for each in findings.stages if each.name == stage)
    return [each.code for each in found.diagnostics if each.severity == "error"]


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "$A", "${A}", "$A$B", "${A:-b}", "${A-b}", "${A:?say so}", "${A:+b}", "${A?}",
        "$$", "$$5", "a$$", "${A:-${B:-c}}", "${A:-{x}", "${A:-$B}", "^a$$", "$_a1.b",
        "${A:-a b}/${B}", "$${A", "{{ .Node.Hostname }}",
    ],
)  # fmt: skip
def test_what_compose_interpolates(text: str) -> None:
    assert is_valid(text)


@pytest.mark.parametrize(
    "text",
    ["$", "a$", "$5", "${", "${A", "${}", "${1A}", "${A B}", "${A:-b", "$(date)", "${A:-${B}",
     "${A:x}", "$ {A}", "$$$", "${A.b}", "$-"],
)  # fmt: skip
def test_what_compose_refuses_to_interpolate(text: str) -> None:
    assert not is_valid(text)


@given(st.text("$A{}:-?+ 1", max_size=40))
def test_an_escaped_text_is_always_valid(text: str) -> None:
    assert is_valid(text.replace("$", "$$"))
    assert is_valid(text) or "$" in text


REFUSED = [
    ("services: {a: {image: i, command: 'echo $(date)'}}", "interpolation"),
    ("services: {a: {image: i}}\nnetworks: {n: {name: '${N'}}", "interpolation"),
    ("services: {a: {image: i}, b: {ports: ['80:80']}}", "no-image"),
    ("services: {a: {image: i, depends_on: [b]}}", "service"),
    ("services: {a: {image: i, extends: b}}", "service"),
    ("services: {a: {extends: b}, b: {extends: {service: a}}}", "cycle"),
    ("services: {a: {image: i, extends: a}}", "cycle"),
    ("services: {a: {image: i, depends_on: [a]}}", "cycle"),
    ("services: {a: {image: i, network_mode: 'service:a'}}", "network-mode"),
    ("services: {a: {image: i, network_mode: host, networks: [n]}}\nnetworks: {n: }",
     "network-mode"),
    ("services: {a: {image: i, network_mode: 'service:b', ports: ['80:80']}, b: {image: i}}",
     "network-mode"),
    ("services: {a: {image: i, scale: 2, deploy: {replicas: 3}}}", "replicas"),
    ("services: {a: {image: i, container_name: web, deploy: {replicas: 3}}}", "replicas"),
    ("services: {a: {image: i, depends_on: [b]}, b: {image: i, profiles: [p]}}", "disabled"),
    ("services: {a: {image: i, secrets: [s]}}\nsecrets: {s: {name: t}}", "no-content"),
    ("services: {a: {image: i, configs: [c]}}\nconfigs: {c: {name: d}}", "no-content"),
    ("services: {a: {image: i, ports: ['80:80:80']}}", "port"),
    ("services: {a: {image: i, ports: ['80:99999']}}", "port"),
    ("services: {a: {image: i, ports: ['8000-8001:80-85']}}", "port"),
    ("services: {a: {image: i, ports: ['80/tpc']}}", "port"),
    ("services: {a: {image: i, ports: ['http:80']}}", "port"),
]  # fmt: skip
ACCEPTED = [
    "services: {a: {image: 'i:${TAG:-latest}', command: 'echo $$HOME'}}",
    "services: {a: {image: i}}\nx-note: 'costs $5'",
    "services: {a: {image: i}, b: {extends: a}, c: {extends: {file: o.yaml, service: z}}}",
    "services: {a: {image: i, network_mode: 'service:b'}, b: {image: i, ports: ['80:80']}}",
    "services: {a: {image: i, scale: 2, deploy: {replicas: 2}}}",
    "services: {a: {image: i, container_name: web, deploy: {replicas: 1}}}",
    "services: {a: {image: i, depends_on: {b: {condition: service_started, required: false}}},"
    " b: {image: i, profiles: [p]}}",
    "services: {a: {image: i, depends_on: [b], profiles: [q]}, b: {image: i, profiles: [p]}}",
    "services: {a: {image: i}}\n"
    "secrets: {s: {file: ./s}, t: {external: true}, u: {environment: U}}",
    "services: {a: {image: i}}\nconfigs: {c: {content: 'a=b'}}",
    "services: {a: {image: i, ports: ['80', '8000-8010', '9000-9001:80-81', '127.0.0.1::70',"
    " '127.0.0.1:81:80/tcp', '[::1]:82:80', '${PORT}:80', '9010-9020:80', 53:53/udp, 6060]}}",
    "include: [other.yaml]\nservices: {a: {image: i, depends_on: [b]}}",
]  # fmt: skip


@asynchronous
@pytest.mark.parametrize(("text", "code"), REFUSED)
async def test_what_docker_compose_refuses(text: str, code: str, workbench: Workbench) -> None:
    findings = await verify(text, workbench)
    assert errors(findings, "schema") == []
    assert set(errors(findings, "references")) == {code}


@asynchronous
@pytest.mark.parametrize("text", ACCEPTED)
async def test_what_docker_compose_accepts(text: str, workbench: Workbench) -> None:
    findings = await verify(text, workbench)
    assert [stage.score for stage in findings.stages] == [1.0] * 4, findings


@asynchronous
@pytest.mark.parametrize(
    ("one", "other", "collide"),
    [
        ("'80:80'", "'80:81'", True),
        ("'80:80'", "'80:80/udp'", False),
        ("'80:80'", "'127.0.0.1:80:80'", True),
        ("'127.0.0.2:80:80'", "'127.0.0.1:80:80'", False),
        ("'0.0.0.0:80:80'", "'127.0.0.1:80:80'", True),
        ("'8000-8010:8000-8010'", "'8005:80'", True),
        ("'8000-8010:8000-8010'", "'8011:80'", False),
        ("'8000-8010:80'", "'8000-8010:80'", False),
        ("'80'", "'80'", False),
        ("'${A}:80'", "'${A}:80'", False),
        ("{target: 80, published: '80'}", "'80:80'", True),
        ("{target: 80, published: 80, protocol: udp}", "'80:80'", False),
        ("{target: 80}", "'80:80'", False),
    ],
)
async def test_a_port_of_the_host_is_published_once(
    one: str, other: str, collide: bool, workbench: Workbench
) -> None:
    text = f"services: {{a: {{image: i, ports: [{one}]}}, b: {{image: i, ports: [{other}]}}}}"
    findings = await verify(text, workbench)
    assert errors(findings, "lint") == ["port-twice"] * collide


@asynchronous
@pytest.mark.parametrize(
    ("profiles", "collide"),
    [("[cpu]|[gpu]", False), ("[cpu]|[cpu, gpu]", True), ("[cpu]|[]", True), ("[]|[]", True)],
)
async def test_alternatives_may_have_the_same_port(
    profiles: str, collide: bool, workbench: Workbench
) -> None:
    first, second = profiles.split("|")
    text = (
        f"services:\n  a: {{image: i, ports: ['80:80'], profiles: {first}}}\n"
        f"  b: {{image: i, ports: ['80:80'], profiles: {second}}}\n"
    )
    findings = await verify(text, workbench)
    assert errors(findings, "lint") == ["port-twice"] * collide


@asynchronous
@pytest.mark.parametrize(
    "text",
    [
        "services: {}",
        "services: {a: {ports: ['80:80']}}",
        "services: {a: {image: i, scale: 0}}",
        "services: {a: {image: i, deploy: {replicas: 0}}}",
        "services: {a: {image: i, deploy: {replicas: '0'}}}",
        "services: {a: {image: i, profiles: [never]}, b: {image: i, profiles: [never]}}",
        "services: {a: {image: busybox, command: 'true'}}",
        "services: {a: {image: 'docker.io/library/alpine:3.20', command: [echo, nginx]}}",
        "services: {a: {image: alpine, command: sh -c 'echo postgres'}}",
        "services: {a: {image: alpine, entrypoint: [sleep, infinity]}}",
        "services: {a: {image: alpine}}",
        "services: {a: {image: scratch}}",
        "services: {a: {image: 'busybox@sha256:a', command: tail -f /dev/null, labels: {b: c}}}",
        "x-a: {image: nginx}\nnetworks: {n: }\nvolumes: {v: }",
    ],
)
async def test_a_stack_in_which_nothing_runs_is_vacuous(text: str, workbench: Workbench) -> None:
    assert (await verify(text, workbench)).vacuous


@asynchronous
@pytest.mark.parametrize(
    "text",
    [
        "services: {a: {image: nginx}}",
        "services: {a: {build: .}}",
        "services: {a: {image: i, profiles: [cpu]}, b: {image: i, profiles: [gpu]}}",
        "services: {a: {image: i, profiles: [debug]}, b: {image: i}}",
        "services: {a: {image: busybox, command: 'true'}, b: {image: nginx}}",
        "services: {a: {image: alpine, command: sh -c 'apk add curl && curl b'}}",
        "services: {a: {image: ubuntu, command: sleep infinity, volumes: ['.:/work']}}",
        "services: {a: {image: debian, tty: true}}",
        "services: {a: {image: example.com/busybox-exporter}}",
        "services: {a: {image: '${IMAGE}', command: 'true'}}",
        "services: {a: {image: i, scale: 0}, b: {image: i}}",
        "include: [other.yaml]\nservices: {a: {image: nginx}}",
    ],
)
async def test_a_stack_in_which_something_runs_is_not(text: str, workbench: Workbench) -> None:
    assert (await verify(text, workbench)).vacuous == ""


@asynchronous
async def test_checks_see_only_the_services_that_run(workbench: Workbench) -> None:
    text = "services: {a: {image: i}, b: {image: i, scale: 0}}"
    findings = await verify(text, workbench)
    assert findings.projections[Target.DOCUMENTS] == [{"services": {"a": {"image": "i"}}}]


@asynchronous
@pytest.mark.parametrize(
    "text",
    [
        "services: {a: {image: i, ports: [" + "'80:80', " * 50_000 + "]}}",
        "services: {a: {image: i, ports: ["
        + ", ".join(f"'{n}:80'" for n in range(1, 60_000)) + "]}}",
        "services: {a: {image: '" + "${A:-" * 50_000 + "'}}",
        "services: {a: {image: '" + "${A}" * 100_000 + "'}}",
        "services: {a: {image: alpine, command: '" + "echo a; " * 50_000 + "'}}",
    ],
    ids=["same", "ports", "open", "variables", "command"],
)  # fmt: skip
async def test_a_hostile_file_takes_seconds_at_most(text: str, workbench: Workbench) -> None:
    started = time.process_time()
    await verify(text, workbench)
    assert time.process_time() - started < 10


@asynchronous
@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not here")
async def test_real_stacks_earn_full_syntax(workbench: Workbench) -> None:
    lesser = {}
    for path in sorted(path for path in SHARED.rglob("*") if path.suffix in {".yaml", ".yml"}):
        findings = await verify(path.read_text(), workbench)
        scores = [stage.score for stage in findings.stages if stage.component == "syntax"]
        if findings.vacuous or scores != [1.0] * 3:
            lesser[path.name] = findings.vacuous or str(findings.stages)
    assert lesser.keys() == EXCEPTIONS.keys(), lesser
