"""Bitbucket Pipelines: pull requests tested side by side, and deployments one after the other."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.pins import documents, runs
from datagen.topic import Topic
from datagen.vocabulary import BRANCHES, named

_IMAGES = (
    "python:3.12-slim",
    "python:3.13",
    "node:22-alpine",
    "node:20",
    "golang:1.23",
    "ruby:3.3",
)


@dataclass(frozen=True, slots=True)
class PullRequests:
    """Two steps side by side for each pull request, one with a database."""

    image: str
    depth: int
    most: int
    first: tuple[str, str]
    second: tuple[str, str]
    service: str
    database: str
    password: str
    memory: int
    cache: tuple[str, str]
    size: str


def _sample_requests(rng: Random) -> PullRequests:
    service, database, password = rng.choice(
        (
            ("postgres", "postgres:16", "POSTGRES_PASSWORD"),
            ("postgres", "postgres:15-alpine", "POSTGRES_PASSWORD"),
            ("mysql", "mysql:8.4", "MYSQL_ROOT_PASSWORD"),
            ("mariadb", "mariadb:11.4", "MARIADB_ROOT_PASSWORD"),
        )
    )
    return PullRequests(
        image=rng.choice(_IMAGES),
        depth=rng.choice((1, 5, 10, 20, 30)),
        most=rng.choice((10, 15, 20, 30, 45, 60)),
        first=rng.choice((("Lint", "make lint"), ("Unit", "make unit"), ("Types", "make types"))),
        second=rng.choice(
            (("Integration", "make integration"), ("Database", "make test-db"), ("E2E", "make e2e"))
        ),
        service=service,
        database=database,
        password=password,
        memory=rng.choice((512, 768, 1536, 2048)),
        cache=rng.choice(
            (("deps", "vendor"), ("wheels", "~/.cache/pip"), ("modules", "node_modules"))
        ),
        size=rng.choice(("2x", "4x")),
    )


def _requests_brief(s: PullRequests) -> Brief:
    parallel = '[0].pipelines."pull-requests"."**"[0].parallel'
    steps = f"({parallel}.steps || {parallel})[].step"
    first, second = (f"({steps} | [?name == '{name}'] | [0])" for name, _ in (s.first, s.second))
    service, (cache, path) = f"[0].definitions.services.{s.service}", s.cache
    return Brief(
        need(
            f"Bitbucket pipeline for all pull requests: {lits((s.first[0], s.second[0]))} side by"
            f" side",
            f"a Bitbucket Pipelines file that runs the steps {lits((s.first[0], s.second[0]))} in"
            f" parallel for every pull request ({lit('**')})",
            f"a bitbucket-pipelines.yml for pull requests of any branch ({lit('**')}), with the"
            f" parallel steps {lits((s.first[0], s.second[0]))}",
            pins=[documents(f"{steps}[].name", [s.first[0], s.second[0]])],
        ),
        (
            need(
                f"image {lit(s.image)}, clone depth {num(s.depth)}, steps of {num(s.most)} minutes"
                f" at most",
                f"All steps run in {lit(s.image)}; clone with depth {num(s.depth)}, and let no"
                f" step take more than {num(s.most)} minutes (options)",
                f"The image is {lit(s.image)}, the clone depth {num(s.depth)} and the option"
                f" max-time {num(s.most)}",
                pins=[
                    documents("[0].image.name || [0].image", s.image),
                    documents("[0].clone.depth", s.depth),
                    documents('[0].options."max-time"', s.most),
                ],
            ),
            need(
                f"{lit(s.first[0])} runs {lit(s.first[1])}, {lit(s.second[0])} runs"
                f" {lit(s.second[1])}",
                f"{lit(s.first[0])} is {lit(s.first[1])}, and {lit(s.second[0])} is"
                f" {lit(s.second[1])}",
                f"The scripts are {lit(s.first[1])} in {lit(s.first[0])} and {lit(s.second[1])} in"
                f" {lit(s.second[0])}",
                pins=[runs(f"{first}.script", s.first[1]), runs(f"{second}.script", s.second[1])],
            ),
            need(
                f"{lit(s.second[0])} has the service {lit(s.service)} and the size {lit(s.size)}",
                f"{lit(s.second[0])} uses the service {lit(s.service)} and is of the size"
                f" {lit(s.size)}",
                f"Give {lit(s.second[0])} the size {lit(s.size)} and the service {lit(s.service)}",
                pins=[
                    documents(f"{second}.services", [s.service]),
                    documents(f"{second}.size", s.size),
                ],
            ),
            need(
                f"service {lit(s.service)}: {lit(s.database)}, {num(s.memory)} MB,"
                f" {lit(f'{s.password}=test')}",
                f"Define the service {lit(s.service)} with {lit(s.database)}, {num(s.memory)} MB of"
                f" memory and the variable {lit(f'{s.password}=test')}",
                f"The service {lit(s.service)} is {lit(s.database)} with"
                f" {lit(f'{s.password}=test')} and {num(s.memory)} MB",
                pins=[
                    documents(f"{service}.image.name || {service}.image", s.database),
                    documents(f"{service}.memory", s.memory),
                    documents(f"{service}.variables.{s.password}", "test"),
                ],
            ),
            need(
                f"cache {lit(cache)} of {lit(path)} in both steps",
                f"Both steps use a cache {lit(cache)} of the path {lit(path)}",
                f"Define the cache {lit(cache)} for {lit(path)}, and use it in both steps",
                pins=[
                    documents(f"[0].definitions.caches.{cache} | path || @", path),
                    documents(f"{steps}[].caches[]", [cache, cache]),
                ],
            ),
        ),
    )


def _requests_answer(s: PullRequests) -> str:
    cache, path = s.cache
    return f"""\
image: {s.image}

clone:
  depth: {s.depth}

options:
  max-time: {s.most}

definitions:
  caches:
    {cache}: {path}
  services:
    {s.service}:
      image: {s.database}
      memory: {s.memory}
      variables:
        {s.password}: test

pipelines:
  pull-requests:
    "**":
      - parallel:
          - step:
              name: {s.first[0]}
              caches: [{cache}]
              script:
                - {s.first[1]}
          - step:
              name: {s.second[0]}
              size: {s.size}
              caches: [{cache}]
              services: [{s.service}]
              script:
                - {s.second[1]}
"""


REQUESTS = Topic(
    name="bitbucket-pull-requests",
    format="bitbucket-pipelines",
    sample=_sample_requests,
    brief=_requests_brief,
    answer=_requests_answer,
)


@dataclass(frozen=True, slots=True)
class Environments:
    """A build whose files two environments get, the second by hand."""

    branch: str
    image: str
    build: str
    artifacts: str
    first: str
    second: str
    stack: str
    script: str
    custom: str
    clean: str
    most: int


def _sample_environments(rng: Random) -> Environments:
    first, second = rng.choice(
        (("test", "staging"), ("staging", "production"), ("test", "production"))
    )
    return Environments(
        branch=rng.choice(BRANCHES),
        image=rng.choice(_IMAGES),
        build=rng.choice(("make build", "npm run build", "./build.sh", "make dist")),
        artifacts=rng.choice(("dist/**", "build/**", "out/**", "target/*.zip", "site/**")),
        first=first,
        second=second,
        stack=named(rng, "stack", "app", "site"),
        script=rng.choice(("./deploy.sh", "./scripts/deploy.sh", "./ci/rollout.sh")),
        custom=rng.choice(("clean-up", "tear-down", "remove", "destroy")),
        clean=rng.choice(("make clean", "./destroy.sh", "./scripts/remove.sh")),
        most=rng.choice((10, 15, 20, 25, 40)),
    )


def _environments_brief(s: Environments) -> Brief:
    steps = f'[0].pipelines.branches."{s.branch}"[].step'
    build, first, second = (f"({steps} | [{place}])" for place in range(3))
    custom = f'[0].pipelines.custom."{s.custom}"[].step'
    return Brief(
        need(
            f"Bitbucket pipeline for {lit(s.branch)}: Build, then deployments to"
            f" {lits((s.first, s.second))}",
            f"a Bitbucket Pipelines file that builds the branch {lit(s.branch)} and deploys it to"
            f" {lits((s.first, s.second))}, one after the other",
            f"a bitbucket-pipelines.yml for the branch {lit(s.branch)}: a build, then the"
            f" deployments {lits((s.first, s.second))}",
            pins=[
                documents(f"{first}.deployment", s.first),
                documents(f"{second}.deployment", s.second),
                documents(f"length({steps})", 3),
            ],
        ),
        (
            need(
                f"image {lit(s.image)}",
                f"Everything runs in {lit(s.image)}",
                f"The image of the pipelines is {lit(s.image)}",
                pins=[documents("[0].image.name || [0].image", s.image)],
            ),
            need(
                f"the first step, Build, runs {lit(s.build)} for {num(s.most)} minutes at most and"
                f" keeps {lit(s.artifacts)}",
                f"The first step is called Build: run {lit(s.build)}, keep {lit(s.artifacts)} as"
                f" artifacts, and stop after {num(s.most)} minutes (max-time)",
                f"The step Build is {lit(s.build)} with a max-time of {num(s.most)} and the"
                f" artifacts {lit(s.artifacts)}",
                pins=[
                    documents(f"{build}.name", "Build"),
                    runs(f"{build}.script", s.build),
                    documents(f"{build}.artifacts.paths || {build}.artifacts", [s.artifacts]),
                    documents(f'{build}."max-time"', s.most),
                ],
            ),
            need(
                f"deployments run {lit(f'{s.script} {s.stack}')} with their environment's name"
                f" behind it",
                f"A deployment runs {lit(f'{s.script} {s.stack}')} followed by the name of its"
                f" environment",
                f"Both deployments call {lit(f'{s.script} {s.stack}')} and append the name of the"
                f" environment",
                pins=[
                    runs(f"{first}.script", f"{s.script} {s.stack} {s.first}"),
                    runs(f"{second}.script", f"{s.script} {s.stack} {s.second}"),
                ],
            ),
            need(
                f"{lit(s.second)} started by hand",
                f"Somebody has to start the one to {lit(s.second)} by hand",
                f"The deployment to {lit(s.second)} is triggered manually",
                pins=[
                    documents(f"{second}.trigger", "manual"),
                    documents(f"{first} | deployment != null && trigger != 'manual'"),
                ],
            ),
            need(
                f"custom pipeline {lit(s.custom)} that runs {lit(f'{s.clean} {s.stack}')}",
                f"A custom pipeline {lit(s.custom)} runs {lit(f'{s.clean} {s.stack}')}",
                f"Add a custom pipeline, {lit(s.custom)}: {lit(f'{s.clean} {s.stack}')}",
                pins=[runs(f"{custom}.script[]", f"{s.clean} {s.stack}")],
            ),
        ),
    )


def _environments_answer(s: Environments) -> str:
    return f"""\
image: {s.image}

pipelines:
  branches:
    {s.branch}:
      - step:
          name: Build
          max-time: {s.most}
          script:
            - {s.build}
          artifacts:
            - {s.artifacts}
      - step:
          name: Deploy to {s.first}
          deployment: {s.first}
          script:
            - {s.script} {s.stack} {s.first}
      - step:
          name: Deploy to {s.second}
          deployment: {s.second}
          trigger: manual
          script:
            - {s.script} {s.stack} {s.second}
  custom:
    {s.custom}:
      - step:
          script:
            - {s.clean} {s.stack}
"""


ENVIRONMENTS = Topic(
    name="bitbucket-deployments",
    format="bitbucket-pipelines",
    sample=_sample_environments,
    brief=_environments_brief,
    answer=_environments_answer,
    bench_only=True,
)
