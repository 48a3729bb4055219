"""Dockerfiles of two stages: a Node.js front end or service, a static Go binary."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need
from datagen.needs import base_image, exposes, user
from datagen.pins import ast, instruction, word_in
from datagen.topic import Topic
from datagen.vocabulary import GOS, NODES, PORTS, service


@dataclass(frozen=True, slots=True)
class Node:
    """A TypeScript service that is built in one stage and run in another."""

    node: str
    workdir: str
    stage: str
    script: str
    output: str
    entry: str
    port: int


def _sample_node(rng: Random) -> Node:
    return Node(
        node=rng.choice(NODES),
        workdir=rng.choice(("/app", "/srv", "/usr/src/app", "/opt/app")),
        stage=rng.choice(("build", "builder", "compile", "bundle")),
        script=rng.choice(("build", "compile", "build:prod", "bundle")),
        output=rng.choice(("dist", "build", "out", "lib")),
        entry=rng.choice(("index.js", "server.js", "main.js", "app.js")),
        port=rng.choice(PORTS),
    )


def _node_brief(s: Node) -> Brief:
    command = f"node {s.output}/{s.entry}"
    return Brief(
        need(
            "multi-stage Dockerfile of a Node.js service",
            "a multi-stage Dockerfile for a Node.js service",
            "a Dockerfile with two stages that builds and runs a TypeScript service on Node.js",
            pins=[ast("length(stages)", 2)],
        ),
        (
            need(
                f"build stage {lit(s.stage)}; both stages are based on"
                f" {lit(f'node:{s.node}-alpine')}",
                f"Both stages start from {lit(f'node:{s.node}-alpine')}; the first is called"
                f" {lit(s.stage)}",
                f"Call the first stage {lit(s.stage)} and base both on"
                f" {lit(f'node:{s.node}-alpine')}",
                pins=[
                    ast("stages[].base", [f"node:{s.node}-alpine"] * 2),
                    ast("stages[0].name", s.stage),
                ],
            ),
            need(
                f"both stages work in {lit(s.workdir)}",
                f"The working directory of both stages is {lit(s.workdir)}",
                f"Work in {lit(s.workdir)} in both stages",
                pins=[
                    ast(
                        "stages[].[instructions[?instruction=='WORKDIR'].value | [0]][]",
                        [s.workdir] * 2,
                    ),
                ],
            ),
            need(
                f"copy package*.json before npm ci in both stages, then the code; build with"
                f" {lit(f'npm run {s.script}')}",
                f"Both stages copy package*.json and run npm ci; the first then copies the whole"
                f" folder and runs {lit(f'npm run {s.script}')}",
                f"Copy package*.json and install with npm ci in both stages; in the first, copy"
                f" everything and build with {lit(f'npm run {s.script}')}",
                pins=[
                    ast(
                        "length(stages[?instructions[?instruction=='COPY'"
                        " && (starts_with(value, 'package*.json ')"
                        " || starts_with(value, 'package.json package-lock.json '))]])",
                        2,
                    ),
                    ast(
                        "length(stages[0].instructions[?instruction=='COPY'"
                        " && starts_with(value, '. ')]) > `0`"
                    ),
                    ast(
                        "length(stages[0].instructions[?instruction=='RUN']"
                        f" | [?ends_with(value, 'npm run {s.script}')]) > `0`"
                    ),
                    ast(
                        "length(stages[0].instructions[?instruction=='RUN']"
                        f" | [?{word_in('value', 'npm ci')}]) > `0`"
                    ),
                ],
            ),
            need(
                f"copy {lit(f'{s.workdir}/{s.output}')} from it to ./{s.output}, install"
                f" production dependencies only",
                f"The final stage installs only production dependencies (npm ci --omit=dev) and"
                f" takes {lit(f'{s.workdir}/{s.output}')} from the build as ./{s.output}",
                pins=[
                    instruction(
                        "COPY",
                        f"flags.from[0]=='{s.stage}'"
                        f" && (ends_with(value, ' {s.workdir}/{s.output} ./{s.output}')"
                        f" || ends_with(value, ' {s.workdir}/{s.output} {s.output}')"
                        f" || ends_with(value, ' {s.workdir}/{s.output} ./{s.output}/')"
                        f" || ends_with(value, ' {s.workdir}/{s.output} {s.workdir}/{s.output}'))",
                    ),
                    ast(
                        "length(stages[1].instructions[?instruction=='RUN']"
                        f" | [?{word_in('value', 'npm ci --omit=dev')}]) > `0`"
                    ),
                ],
            ),
            user("node"),
            exposes(s.port),
            need(
                f"command {lit(command)} in exec form",
                f"It starts {lit(command)} in exec form",
                f"The command (exec form) is {lit(command)}",
                pins=[ast("final.cmd", command.split())],
            ),
        ),
    )


def _node_answer(s: Node) -> str:
    return f"""\
FROM node:{s.node}-alpine AS {s.stage}
WORKDIR {s.workdir}
COPY package*.json ./
RUN npm ci
COPY . .
RUN npm run {s.script}

FROM node:{s.node}-alpine
WORKDIR {s.workdir}
COPY package*.json ./
RUN npm ci --omit=dev
COPY --from={s.stage} {s.workdir}/{s.output} ./{s.output}
USER node
EXPOSE {s.port}
CMD ["node", "{s.output}/{s.entry}"]
"""


NODE = Topic(
    name="node-multi-stage",
    format="dockerfile",
    sample=_sample_node,
    brief=_node_brief,
    answer=_node_answer,
)


@dataclass(frozen=True, slots=True)
class Go:
    """A binary without dependencies in an image that holds little else."""

    go: str
    name: str
    package: str
    base: str
    port: int
    user: str


def _sample_go(rng: Random) -> Go:
    name = service(rng)
    return Go(
        go=rng.choice(GOS),
        name=name,
        package=rng.choice((".", f"./cmd/{name}", "./cmd/server", "./cmd/api")),
        base=rng.choice(
            ("gcr.io/distroless/static-debian12:nonroot", "alpine:3.20", "alpine:3.21")
        ),
        port=rng.choice(PORTS),
        user=rng.choice(("65532", "10001", "1000", "65534")),
    )


def _go_brief(s: Go) -> Brief:
    name, package = lit(s.name), lit(s.package)
    build = f"go build -o /{s.name} {s.package}"
    return Brief(
        need(
            f"multi-stage Dockerfile of the Go service {name}",
            f"a multi-stage Dockerfile for the Go service {name}",
            f"a Dockerfile that builds the static Go binary {name} in a first stage",
            pins=[ast("length(stages)", 2)],
        ),
        (
            need(
                f"built on {lit(f'golang:{s.go}')}",
                f"The build stage starts from {lit(f'golang:{s.go}')}",
                f"Build it on {lit(f'golang:{s.go}')}",
                pins=[ast("stages[0].base", f"golang:{s.go}")],
            ),
            need(
                f"download modules from go.mod and go.sum, then copy the code; package {package}"
                f" becomes /{s.name}, CGO disabled",
                f"Copy go.mod and go.sum and run go mod download, then copy everything and compile"
                f" the package {package} to /{s.name} with CGO_ENABLED=0",
                f"Disable cgo (CGO_ENABLED=0) and build {package} as /{s.name}, after go mod"
                f" download from go.mod and go.sum and a copy of the whole folder",
                pins=[
                    *(
                        ast(
                            f"length(stages[0].instructions[?instruction=='{name}'"
                            f" && starts_with(value, '{start}')]) > `0`"
                        )
                        for name, start in (
                            ("COPY", "go.mod go.sum "),
                            ("COPY", ". "),
                            ("RUN", "go mod download"),
                        )
                    ),
                    instruction("RUN", f"ends_with(value, '{build}')"),
                    ast("length(stages[0].instructions[?contains(value, 'CGO_ENABLED=0')]) > `0`"),
                ],
            ),
            base_image(s.base),
            need(
                f"the binary is copied to /{s.name} and is the entry point",
                f"Copy the binary to /{s.name}; it is the entry point (exec form)",
                pins=[
                    ast("final.entrypoint", [f"/{s.name}"]),
                    instruction("COPY", f"flags.from && ends_with(value, ' /{s.name} /{s.name}')"),
                ],
            ),
            exposes(s.port),
            user(s.user),
        ),
    )


def _go_answer(s: Go) -> str:
    return f"""\
FROM golang:{s.go} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -o /{s.name} {s.package}

FROM {s.base}
COPY --from=build /{s.name} /{s.name}
USER {s.user}
EXPOSE {s.port}
ENTRYPOINT ["/{s.name}"]
"""


GO = Topic(
    name="go-static",
    format="dockerfile",
    sample=_sample_go,
    brief=_go_brief,
    answer=_go_answer,
)
