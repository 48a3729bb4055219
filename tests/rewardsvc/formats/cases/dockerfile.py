"""Dockerfiles: what the tests of all formats try on them."""

from collections.abc import Callable, Mapping

from tests.rewardsvc.formats.format_cases import FormatCases, Words
from tests.rewardsvc.formats.growth import around, both, many

_ANSWER = """
FROM golang:1.25 AS build
WORKDIR /src
COPY . .
RUN go build -o /out/app ./cmd/app
FROM gcr.io/distroless/static
ENV MODE=prod
COPY --from=build /out/app /app
USER 1000
EXPOSE 8080
ENTRYPOINT ["/app", "serve"]
"""

_DOCKERFILE: Mapping[str, Callable[[int], str]] = {
    "instructions": around("FROM a:1\n", many("RUN a{i}\n")),
    "stages": many("FROM a:1 AS s{i}\nRUN b\n"),
    "stages of stages": lambda size: (
        "FROM a:1 AS s0\n"
        + "".join(f"FROM s{i - 1} AS s{i}\n" for i in range(1, size // 20))
        + "RUN a\n"
    ),
    "work directories": both(
        around("FROM a:1\nWORKDIR ", "a/", "\n"), many("WORKDIR a{i}\n"), lambda size: "RUN a\n"
    ),
    "variables and instructions": both(
        around("FROM a:1\nENV ", many("A{i}=1 "), "\n"), many("RUN make $A{i}\n")
    ),
    "variables and stages": both(
        around("FROM a:1 AS a\nENV ", many("A{i}=1 "), "\n"), many("FROM a AS s{i}\nRUN b\n")
    ),
    "stages and mounts": lambda size: (
        many("FROM a:1 AS s{i}\n")(size // 2)
        + around("RUN --mount=", many("from=s{i},"), " a\n")(size // 2)
    ),
    "copies from stages": lambda size: (
        many("FROM a:1 AS s{i}\n")(size)
        + "".join(f"COPY --from=s{i} a b\n" for i in range(size // 24))
    ),
    "stages that come later": many("FROM s{i}1 AS s{i}\n"),
    "variables": around("FROM a:1\n", many("ENV A{i}=1\n"), "RUN a\n"),
    "variables of stages": lambda size: (
        "FROM a:1 AS s0\n"
        + many("ENV A{i}=1\n")(size // 2)
        + "".join(f"FROM s{i - 1} AS s{i}\n" for i in range(1, size // 40))
        + "RUN a\n"
    ),
    "variables that repeat": lambda size: (
        "FROM a:1\nENV A0=xx\n"
        + "".join(f"ENV A{i}=$A{i - 1}$A{i - 1}\n" for i in range(1, size // 24))
        + "RUN a\n"
    ),
    "one long RUN": around("FROM a:1\nRUN ", "a && "),
    "pieces": around("FROM a:1\nRUN ", "true; ", "true\n"),
    "assignments": around("FROM a:1\nRUN ", "A=1 ", "true\n"),
    "a long word": around("FROM a:1\nRUN true ", "a", "\n"),
    "a long quoted word": around('FROM a:1\nRUN true "', "a ", '"\n'),
    "open quotes": around('FROM a:1\nRUN true "', '\\"', "\n"),
    "open quotes in compounds": around("FROM a:1\nRUN if false; then ", "if a; then ", "\n"),
    "digits": around("FROM a:1\nRUN true ", "1", "\n"),
    "heredocs of one line": around("FROM a:1\nRUN ", "<<E", "\nE\n"),
    "heredocs": around("FROM a:1\n", many("RUN <<E{i}\ntrue\nE{i}\n")),
    "a long heredoc": around("FROM a:1\nRUN <<E\n", many("true {i}\n"), "E\n"),
    "heredocs that stay open": around("FROM a:1\nRUN true <<A <<B <<C\n", many("true {i}\n")),
    "heredocs within": around("FROM a:1\nRUN sh <<'X'\n", many("cat <<E{i}\n"), "X\n"),
    "quoted heredocs": around("FROM a:1\nRUN true ", "<<'E", "\n"),
    "copied heredocs": around("FROM a:1\n", many("COPY <<E{i} /a\ntrue\nE{i}\n")),
    "comments within": around("FROM a:1\nRUN a \\\n", many("# comment {i}\n"), "b\n"),
    "continuations": around("FROM a:1\nRUN a", " \\\n ", "b\n"),
    "flags": around("FROM a:1\nRUN ", "--mount=a ", "a\n"),
    "quoted flags": around("FROM a:1\nRUN ", '--a="', "a\n"),
    "a list of words": around('FROM a:1\nRUN ["', 'a","', 'a"]\n'),
    "a nested list": around("FROM a:1\nRUN ", "[", "\n"),
    "shells": around("FROM a:1\nRUN ", "sh -c 'true' ; ", "true\n"),
    "substitutions": around("FROM a:1\nRUN true ", "$(", "\n"),
    "directives": many("# check=skip=a{i}\n"),
    "pragmas": around("FROM a:1\nRUN true ", "# shellcheck ", "\n"),
    "labels": around("FROM a:1\nLABEL ", "a=1 ", "\nRUN a\n"),
    "braces": around("FROM a:1\nENV A=", "${A:-", "\nRUN a\n"),
    "onbuild": around("FROM a:1\n", many("ONBUILD RUN a{i}\n"), "RUN a\n"),
    "sources": around("FROM a:1\nCOPY ", "a ", "b\nRUN a\n"),
    "mounts": around("FROM a:1\nRUN --mount=", "from=a,", " a\n"),
    "glue": around("FROM a:1\nRUN ", "then ", "\n"),
    "compounds": around("FROM a:1\nRUN ", "while false; do ", "\n"),
}

_WORDS: Words = [
    ("final_image_has", [
        ({"attribute": "user", "value": "1000"}, True),
        ({"attribute": "entrypoint", "value": ["/app", "serve"]}, True),
        ({"attribute": "entrypoint", "value": "/app serve"}, False),
        ({"attribute": "base", "value": "golang:1.25"}, False),
    ]),
    ("environment_set", [
        ({"variable": "MODE", "value": "prod"}, True),
        ({"variable": "MODE", "value": "dev"}, False),
    ]),
    ("port_exposed", [({"port": 8080}, True), ({"port": 80}, False)]),
    ("stage_from", [
        ({"image": "golang:1.25", "stage": "build"}, True),
        ({"image": "golang:1.25", "stage": ""}, True),
        ({"image": "gcr.io/distroless/static", "stage": "build"}, False),
    ]),
    ("instruction_has", [
        ({"instruction": "RUN", "contains": ["go build", "/out/app"]}, True),
        ({"instruction": "COPY", "contains": ["go build"]}, False),
    ]),
]  # fmt: skip

CASES = FormatCases(
    growing=_DOCKERFILE,
    telling=(
        "assignments",
        "copies from stages",
        "digits",
        "heredocs of one line",
        "open quotes",
        "quoted flags",
        "stages and mounts",
        "stages that come later",
        "variables and instructions",
        "variables and stages",
        "variables that repeat",
        "work directories",
    ),
    answer=_ANSWER,
    words=_WORDS,
)
