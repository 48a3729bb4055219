"""Compose files: what the tests of all formats try on them."""

from collections.abc import Callable, Mapping

from tests.rewardsvc.formats.format_cases import FormatCases, Words
from tests.rewardsvc.formats.growth import around, many

_ANSWER = """
services:
  web:
    image: nginx:1.27
    ports: ["127.0.0.1:8080:80", "9443:443"]
    depends_on:
      db: {condition: service_healthy}
  db:
    image: postgres:17
    ports: [{target: 5432, published: "5432"}]
    depends_on: [cache]
  cache:
    image: redis:8
    build: ./cache
    env_file: [.env]
    environment: ["MODE=fast", "WORKERS=4"]
    labels: {team: data, tier: 2}
    ports: ["3000-3003:8000-8003", "${PORT:-7000}:70", {target: "90", published: 9000}]
"""

_COMPOSE_HEAD = "services:\n"

_COMPOSE: Mapping[str, Callable[[int], str]] = {
    "services": around(_COMPOSE_HEAD, many("  s{i}: {image: nginx}\n")),
    "dependencies": around(_COMPOSE_HEAD, many("  s{i}: {image: nginx, depends_on: [s0, s{i}]}\n")),
    "dependencies that are not there": around(
        _COMPOSE_HEAD, many("  s{i}: {image: nginx, depends_on: [t{i}]}\n")
    ),
    "extends": lambda size: (
        _COMPOSE_HEAD
        + "  s0: {image: nginx}\n"
        + "".join(f"  s{i}: {{extends: {{service: s{i - 1}}}}}\n" for i in range(1, size // 30))
    ),
    "a circle": lambda size: (
        _COMPOSE_HEAD
        + "".join(
            f"  s{i}: {{image: a, depends_on: [s{(i + 1) % (size // 40)}]}}\n"
            for i in range(size // 40)
        )
    ),
    "ports": around("services:\n  a:\n    image: nginx\n    ports:\n", many('      - "{i}:80"\n')),
    "ports of services": around(_COMPOSE_HEAD, many('  s{i}: {image: a, ports: ["{i}:80"]}\n')),
    "ports of profiles": lambda size: (
        _COMPOSE_HEAD
        + "".join(
            f'  s{i}: {{image: a, ports: ["80:80"], profiles: [p{i}]}}\n' for i in range(size // 50)
        )
    ),
    "a long port": around('services:\n  a:\n    image: b\n    ports:\n      - "', "1", '"\n'),
    "a port of many dots": around(
        'services:\n  a:\n    image: b\n    ports:\n      - "', "1.", '"\n'
    ),
    "volumes": around(
        "services:\n  a:\n    image: nginx\n    volumes:\n", many("      - v{i}:/d{i}\n")
    ),
    "volumes and services": lambda size: (
        _COMPOSE_HEAD
        + many("  s{i}: {image: a, volumes: ['v{i}:/d']}\n")(size)
        + "volumes:\n"
        + many("  v{i}: {}\n")(size)
    ),
    "container names": around(_COMPOSE_HEAD, many("  s{i}: {image: a, container_name: c}\n")),
    "interpolation": around("services:\n  a:\n    image: '", "${A:-", "'\n"),
    "closed interpolation": lambda size: (
        "services:\n  a:\n    image: '" + "${A:-" * (size // 6) + "}" * (size // 6) + "'\n"
    ),
    "half closed interpolation": around("services:\n  a:\n    image: '", "${A:-${B}", "'\n"),
    "variables": around("services:\n  a:\n    image: '", "$A ", "'\n"),
    "environment": around(
        "services:\n  a:\n    image: nginx\n    environment:\n", many("      - A{i}=$B\n")
    ),
    "a long command": around("services:\n  a:\n    image: alpine\n    command: '", "x ", "'\n"),
    "a command of one word": around(
        "services:\n  a:\n    image: alpine\n    command: '", "x", "'\n"
    ),
    "a command of assignments": around(
        'services:\n  a:\n    image: alpine\n    command: ["', "A=1 ", '"]\n'
    ),
    "a long list as command": around(
        "services:\n  a:\n    image: alpine\n    command: [", "true, ", "true]\n"
    ),
    "a long name in many objections": lambda size: (
        "services:\n  ? "
        + "a" * (size // 3)
        + "\n  :\n    image: b\n    depends_on:\n"
        + many("      - t{i}\n")(size)
    ),
    "secrets": around("services: {a: {image: b}}\nsecrets:\n", many("  s{i}: {labels: [a]}\n")),
}

_WORDS: Words = [
    ("service_has", [
        ({"service": "web", "path": "image", "value": "nginx:1.27"}, True),
        ({"service": "db", "path": "image", "value": "nginx:1.27"}, False),
        ({"service": "cache", "path": "environment.MODE", "value": "fast"}, True),
        ({"service": "cache", "path": "environment.WORKERS", "value": 4}, True),
        ({"service": "cache", "path": "environment.MODE", "value": "slow"}, False),
        ({"service": "web", "path": "environment.MODE", "value": "fast"}, False),
        ({"service": "cache", "path": "labels.tier", "value": "2"}, True),
        ({"service": "cache", "path": "labels.team", "value": "web"}, False),
        ({"service": "cache", "path": "build.context", "value": "./cache"}, True),
        ({"service": "cache", "path": "build.context", "value": "."}, False),
        ({"service": "cache", "path": "env_file", "value": ".env"}, True),
        ({"service": "cache", "path": "env_file", "value": "other.env"}, False),
    ]),
    ("service_publishes", [
        ({"service": "web", "host": 8080, "container": 80}, True),
        ({"service": "web", "host": 9443, "container": 443}, True),
        ({"service": "db", "host": 5432, "container": 5432}, True),
        ({"service": "web", "host": 443, "container": 443}, False),
        ({"service": "cache", "host": 3002, "container": 8002}, True),
        ({"service": "cache", "host": 3002, "container": 8001}, False),
        ({"service": "cache", "host": 7000, "container": 70}, True),
        ({"service": "cache", "host": 9000, "container": 90}, True),
        ({"service": "cache", "host": 80, "container": 80}, False),
    ]),
    ("service_depends_on", [
        ({"service": "web", "on": "db", "condition": "service_healthy"}, True),
        ({"service": "web", "on": "db", "condition": ""}, True),
        ({"service": "db", "on": "cache", "condition": ""}, True),
        ({"service": "db", "on": "cache", "condition": "service_started"}, True),
        ({"service": "db", "on": "cache", "condition": "service_healthy"}, False),
        ({"service": "web", "on": "cache", "condition": ""}, False),
    ]),
    ("file_has", [
        ({"path": "services.cache.image", "value": "redis:8"}, True),
        ({"path": "services.cache.image", "value": "redis"}, False),
    ]),
]  # fmt: skip

CASES = FormatCases(
    growing=_COMPOSE,
    telling=(
        "a circle",
        "a long name in many objections",
        "closed interpolation",
        "extends",
        "merges",
        "ports of services",
        "volumes and services",
    ),
    answer=_ANSWER,
    words=_WORDS,
)
