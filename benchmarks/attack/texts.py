"""Attacks on whoever reads them: the hostile completions, and texts that take long to read.

Each takes a number that makes it another text, so that no verdict is one that was kept.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from assay.reward.v1 import reward_pb2 as pb

from tests.hostile.completions import ATTACKS, Attack

MIB = 1024 * 1024

Made = Callable[[int], pb.ScoreRequest]
"""A request that is another one for each number."""

_WORD = re.compile(r"@[A-Z_]+@")


def requests() -> Mapping[str, Made]:
    """All attacks by name; each makes a request of a number."""
    return dict(_all())


def _all() -> Iterator[tuple[str, Made]]:
    for name, attack in ATTACKS.items():
        yield f"hostile: {name}", _planted(attack)
    for name, (format, label, text) in _TEXTS.items():
        yield f"text: {name}", _fenced(format, label, text)
    for name, completion in _COMPLETIONS.items():
        yield f"completion: {name}", _bare(completion)
    for name, (checks, answer) in _CHECKED.items():
        yield f"checks: {name}", _checked(checks, answer)


def _planted(attack: Attack) -> Made:
    """A hostile completion whose host is not here: what it looks for is nowhere."""
    parts = []
    for path, text in attack.files.items():
        body = _WORD.sub("/nonexistent", text if isinstance(text, str) else text())
        label = f'{attack.language} path="{path}"'
        if len(attack.files) == 1 and attack.language != "json":
            label = attack.language
        parts.append(f"````{label}\n{body}\n````\n")
    return lambda number: _request(attack.format, f"{''.join(parts)}\nanswer {number}", number)


def _fenced(format: str, label: str, text: Callable[[], str]) -> Made:
    def request(number: int) -> pb.ScoreRequest:
        return _request(format, f"```{label}\n{text()}\n# {number}\n```\n", number)

    return request


def _bare(completion: Callable[[], str]) -> Made:
    return lambda number: _request("kubernetes", f"{number}\n{completion()}", number)


def _checked(checks: list[pb.Check], text: str) -> Made:
    def request(number: int) -> pb.ScoreRequest:
        asked = _request("compose", f"```yaml\n{text}\n# {number}\n```\n", number)
        asked.task.checks.extend(checks)
        return asked

    return request


def _request(format: str, completion: str, number: int) -> pb.ScoreRequest:
    task = pb.Task(format=format, instruction=f"attack {number}")
    return pb.ScoreRequest(id=str(number), task=task, completion=completion)


def _calls(levels: int = 24, fan: int = 4) -> str:
    """CircleCI commands of which each calls the next several times."""
    commands = "".join(
        f"  c{level}:\n    steps:\n{f'      - c{level + 1}{chr(10)}' * fan}"
        for level in range(levels)
    )
    last = f"  c{levels}:\n    steps:\n      - run: true\n"
    job = "jobs:\n  a:\n    docker:\n      - image: cimg/base:2024.01\n    steps:\n      - c0\n"
    return f"version: 2.1\ncommands:\n{commands}{last}{job}"


def _extends(jobs: int = 3000) -> str:
    """GitLab jobs that each extend all before them."""
    lines = ["a0:\n  script: [true]"]
    lines += [f"a{n}:\n  extends: [{', '.join(f'a{m}' for m in range(n))}]" for n in range(1, 90)]
    lines += [f"b{n}:\n  extends: b{n - 1}" for n in range(1, jobs)]
    return "\n".join(lines)


def _merges(levels: int = 20) -> str:
    lines = ["x0: &x0 {a: 1}"]
    lines += [f"x{n}: &x{n} {{<<: [*x{n - 1}, *x{n - 1}], b{n}: 1}}" for n in range(1, levels)]
    return "\n".join(lines)


def _bomb(levels: int = 9) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines)


_POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers: "
_SERVICES = "services:\n  a:\n    image: nginx:1\n    labels:\n"

_TEXTS: Mapping[str, tuple[str, str, Callable[[], str]]] = {
    "commands that call each other": ("circleci", "yaml", _calls),
    "a comparison without an end": (
        *("bash", "bash"),
        lambda: f'#!/bin/bash\nif [ "{"=" * 200_000}',
    ),
    "substitutions in each other": ("bash", "bash", lambda: f"echo {'$(' * 40_000}"),
    "quotes in each other": ("bash", "bash", lambda: 'echo "' + '"$(echo "' * 20_000),
    "a heredoc's digits": (
        *("dockerfile", "dockerfile"),
        lambda: f"FROM debian:12\nRUN echo {'1' * 900_000}",
    ),
    "a quote without an end": (
        *("dockerfile", "dockerfile"),
        lambda: 'FROM debian:12\nRUN echo "' + '\\"a' * 300_000,
    ),
    "very many stages": (
        *("dockerfile", "dockerfile"),
        lambda: "\n".join(f"FROM a AS a{n}\nCOPY --from=a{n - 1} / /" for n in range(1, 20_000)),
    ),
    "an item of an object": (
        *("terraform", "hcl"),
        lambda: f'resource "aws_s3_bucket" "a" {{}}\nlocals {{\n  x = {{ {"a" * 900_000}',
    ),
    "brackets in HCL": ("terraform", "hcl", lambda: f"locals {{\n  x = {'[' * 100_000}"),
    "templates in HCL": ("terraform", "hcl", lambda: 'locals {\n  x = "' + '${"' * 100_000),
    "very many blocks": (
        *("terraform", "hcl"),
        lambda: "".join(f'resource "aws_s3_bucket" "b{n}" {{}}\n' for n in range(20_000)),
    ),
    "a bomb of aliases": ("kubernetes", "yaml", _bomb),
    "merges of merges": ("compose", "yaml", _merges),
    "nested lists": ("kubernetes", "yaml", lambda: "[" * 400_000),
    "nested maps": ("compose", "yaml", lambda: "{a: " * 200_000),
    "a long key": ("kubernetes", "yaml", lambda: f"? {'a' * 900_000}"),
    "very many documents": ("kubernetes", "yaml", lambda: "---\nkind: Pod\n" * 60_000),
    "very many containers": (
        *("kubernetes", "yaml"),
        lambda: _POD + "".join(f"\n  - {{name: c{n}, image: a}}" for n in range(25_000)),
    ),
    "very many labels": (
        *("compose", "yaml"),
        lambda: _SERVICES + "".join(f"      a{n}: ${{A{n}:-${{B:-c}}}}\n" for n in range(30_000)),
    ),
    "jobs that extend all": ("gitlab-ci", "yaml", _extends),
    "closures in each other": ("jenkinsfile", "groovy", lambda: "a {" * 200_000),
    "parentheses in Groovy": ("jenkinsfile", "groovy", lambda: f"a = {'(' * 200_000}"),
    "strings in strings": ("jenkinsfile", "groovy", lambda: 'a = "' + '${"' * 100_000),
    "expressions in expressions": (
        *("azure-pipelines", "yaml"),
        lambda: f"steps:\n- script: ${{{{ {'and(' * 50_000}\n",
    ),
    "conditions": (
        *("github-actions", "yaml"),
        lambda: f"on: push\njobs:\n  a:\n    if: {'(' * 100_000}\n    runs-on: a\n",
    ),
    "parentheses in Python": ("python", "python", lambda: f"a = {'(' * 100_000}"),
    "a sum without an end": ("python", "python", lambda: "a = " + "1+" * 200_000 + "1"),
    "comparisons": ("python", "python", lambda: "a = 1" + " < 1" * 150_000),
    "steps": (
        *("bitbucket-pipelines", "yaml"),
        lambda: "pipelines:\n  default:\n" + "  - step: {script: [a]}\n" * 30_000,
    ),
}

_COMPLETIONS: Mapping[str, Callable[[], str]] = {
    "50 MB of words": lambda: "word " * (10 * MIB),
    "50 MB of a file": lambda: f"```yaml\n{'a: b ' * (10 * MIB)}\n```\n",
    "fences without an end": lambda: "```yaml\n" * 400_000,
    "labels without an end": lambda: "```" + "a=" * 1_500_000,
    "thoughts that never close": lambda: "<think>" * 500_000,
    "thoughts in fences": lambda: "```yaml\n</think>\n" * 200_000,
    "special tokens": lambda: "<|endoftext|>" * 300_000,
    "spaces": lambda: " " * (4 * MIB - 100),
    "backticks": lambda: "`" * (4 * MIB - 100),
}

_WIDE = "services:\n" + "".join(f"  s{n}: {{image: a}}\n" for n in range(3000))

_CHECKED: Mapping[str, tuple[list[pb.Check], str]] = {
    "products": (
        [
            pb.Check(
                kind="jmespath", on="documents", expr=" | ".join(["[@,@]"] * 24 + ["to_string(@)"])
            )
        ],
        _WIDE,
    ),
    "very many checks": (
        [
            pb.Check(kind="jmespath", on="documents", expr=f"[0].services.s{n}.image == 'b'")
            for n in range(250)
        ],
        _WIDE,
    ),
    "a policy that counts": (
        [
            pb.Check(
                kind="rego",
                on="documents",
                policy="package a\nb := count([1 | numbers.range(1, 1000)[_]; "
                "numbers.range(1, 1000)[_]; numbers.range(1, 1000)[_]])",
                expr="data.a.b",
            )
        ],
        "services: {a: {image: a}}",
    ),
}
