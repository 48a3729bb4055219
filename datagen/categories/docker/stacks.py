"""Compose files: a web application with its database, and one with Redis and a worker."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, Need, lit, need, num
from datagen.pins import documents, raw
from datagen.topic import Topic
from datagen.vocabulary import PORTS, image, named, service

_SERVICES = "[0].services"


def _published(name: str, host: int, container: int) -> Need:
    ports = f"{_SERVICES}.{name}.ports"
    return need(
        f"{name} published on {num(host)}, container port {num(container)}",
        f"Publish port {num(container)} of {name} as {num(host)} on the host",
        f"Host port {num(host)} leads to port {num(container)} of {name}",
        pins=[
            documents(
                f"length({ports}[?to_string(@)=='{host}:{container}'"
                f" || (to_string(published)=='{host}' && to_string(target)=='{container}')]) > `0`"
            ),
            documents(f"length({ports}) == `1`"),
        ],
    )


def _environment(name: str, variable: str, value: str) -> str:
    """Expression: a service has a variable, be the environment a mapping or a list."""
    environment = f"{_SERVICES}.{name}.environment"
    pair = raw(f"{variable}={value}")
    return (
        f"to_string({environment}.{variable}) == {raw(value)}"
        f" || contains({environment} || `[]`, {pair})"
    )


@dataclass(frozen=True, slots=True)
class WebDatabase:
    """A built web service, Postgres with a volume, and a start in the right order."""

    build: str
    host_port: int
    port: int
    postgres: str
    database: str
    volume: str
    interval: int


def _sample_web(rng: Random) -> WebDatabase:
    return WebDatabase(
        build=rng.choice((".", "./web", "./app", "./backend", "./src")),
        host_port=rng.choice((80, 8000, 8080, 8888, 9000, 3000)),
        port=rng.choice(PORTS),
        postgres=rng.choice(("14", "15", "16", "17")),
        database=service(rng).split("-")[0],
        volume=named(rng, "data", "db", "pgdata").replace("-", "_"),
        interval=rng.choice((2, 3, 5, 10, 15, 30)),
    )


def _web_brief(s: WebDatabase) -> Brief:
    image, volume = lit(f"postgres:{s.postgres}"), lit(s.volume)
    return Brief(
        need(
            "compose file with the services web and db (Postgres)",
            "a Docker Compose file with a service web and a Postgres database db",
            "a compose.yaml for two services: web, and db, a Postgres",
            pins=[documents(f"sort(keys({_SERVICES}))", ["db", "web"])],
        ),
        (
            need(
                f"web is built from {lit(s.build)}",
                f"Build web from {lit(s.build)}",
                f"The build context of web is {lit(s.build)}",
                pins=[
                    documents(f"{_SERVICES}.web.build.context || {_SERVICES}.web.build", s.build)
                ],
            ),
            _published("web", s.host_port, s.port),
            need(
                f"db runs {image} with the database {lit(s.database)}",
                f"db runs {image}; POSTGRES_DB is {lit(s.database)}",
                f"Use {image} for db and {lit(s.database)} as POSTGRES_DB",
                pins=[
                    documents(f"{_SERVICES}.db.image", f"postgres:{s.postgres}"),
                    documents(_environment("db", "POSTGRES_DB", s.database)),
                ],
            ),
            need(
                "POSTGRES_PASSWORD is taken from the variable DB_PASSWORD",
                "The password of db (POSTGRES_PASSWORD) is interpolated from ${DB_PASSWORD}",
                "Take POSTGRES_PASSWORD from the environment variable DB_PASSWORD (interpolated)",
                pins=[
                    documents(
                        f"to_string({_SERVICES}.db.environment) | contains(@, '${{DB_PASSWORD}}')"
                        " || contains(@, '${DB_PASSWORD:')"
                    )
                ],
            ),
            need(
                f"named volume {volume} at /var/lib/postgresql/data",
                f"Its data lies on the named volume {volume} (/var/lib/postgresql/data)",
                f"Mount the named volume {volume} at /var/lib/postgresql/data",
                pins=[
                    documents(
                        f"length({_SERVICES}.db.volumes[?"
                        f"@=='{s.volume}:/var/lib/postgresql/data' || (source=='{s.volume}'"
                        f" && target=='/var/lib/postgresql/data')]) > `0`"
                    ),
                    documents(f"contains(keys([0].volumes), '{s.volume}')"),
                ],
            ),
            need(
                f"db health check by pg_isready every {num(s.interval)} seconds; web waits until"
                f" db is healthy",
                f"Check db with pg_isready every {num(s.interval)} seconds, and start web only when"
                f" db is healthy",
                pins=[
                    documents(f"{_SERVICES}.db.healthcheck.interval", f"{s.interval}s"),
                    documents(
                        f"to_string({_SERVICES}.db.healthcheck.test)"
                        " | contains(@, 'pg_isready\"') || contains(@, 'pg_isready ')"
                        " || @ == 'pg_isready'"
                    ),
                    documents(f"{_SERVICES}.web.depends_on.db.condition", "service_healthy"),
                ],
            ),
        ),
    )


def _web_answer(s: WebDatabase) -> str:
    return f"""\
services:
  web:
    build: {s.build}
    ports:
      - "{s.host_port}:{s.port}"
    depends_on:
      db:
        condition: service_healthy
  db:
    image: postgres:{s.postgres}
    environment:
      POSTGRES_DB: {s.database}
      POSTGRES_PASSWORD: ${{DB_PASSWORD}}
    volumes:
      - {s.volume}:/var/lib/postgresql/data
    healthcheck:
      test: ["CMD", "pg_isready"]
      interval: {s.interval}s
volumes:
  {s.volume}:
"""


WEB_DATABASE = Topic(
    name="compose-web-db",
    format="compose",
    sample=_sample_web,
    brief=_web_brief,
    answer=_web_answer,
)


@dataclass(frozen=True, slots=True)
class WorkerStack:
    """An API and workers of one image that share a Redis."""

    image: str
    host_port: int
    port: int
    redis: str
    command: str
    replicas: int
    restart: str


def _sample_worker(rng: Random) -> WorkerStack:
    return WorkerStack(
        image=image(rng, service(rng)),
        host_port=rng.choice((80, 8000, 8080, 8888, 9000, 3000)),
        port=rng.choice(PORTS),
        redis=rng.choice(("7.2-alpine", "7.4-alpine", "7.4", "8.0-alpine")),
        command=rng.choice(
            (
                "celery -A app worker",
                "rq worker default",
                "python -m worker",
                "npm run worker",
                "bundle exec sidekiq",
                "dramatiq tasks",
            )
        ),
        replicas=rng.randint(2, 8),
        restart=rng.choice(("unless-stopped", "always", "on-failure")),
    )


def _worker_brief(s: WorkerStack) -> Brief:
    redis, url = lit(f"redis:{s.redis}"), "redis://redis:6379/0"
    return Brief(
        need(
            "compose file with the services api, worker and redis",
            "a Docker Compose file with the services api, worker and redis",
            "a compose.yaml that runs an API (api) and background workers (worker) over Redis"
            " (redis)",
            pins=[documents(f"sort(keys({_SERVICES}))", ["api", "redis", "worker"])],
        ),
        (
            need(
                f"api and worker run {lit(s.image)}",
                f"Both api and worker use the image {lit(s.image)}",
                f"The image of api and of worker is {lit(s.image)}",
                pins=[
                    documents(f"{_SERVICES}.[api.image, worker.image]", [s.image, s.image]),
                ],
            ),
            _published("api", s.host_port, s.port),
            need(
                f"redis runs {redis}",
                f"The image of redis is {redis}",
                f"Use {redis} for Redis",
                pins=[documents(f"{_SERVICES}.redis.image", f"redis:{s.redis}")],
            ),
            need(
                f"REDIS_URL={url} for api and worker",
                f"api and worker get REDIS_URL={url}",
                f"Set REDIS_URL to {url} for both api and worker",
                pins=[
                    documents(_environment(name, "REDIS_URL", url)) for name in ("api", "worker")
                ],
            ),
            need(
                f"{num(s.replicas)} workers (deploy.replicas), command {lit(s.command)}",
                f"The worker's command is {lit(s.command)} and there are {num(s.replicas)} of them"
                f" (deploy.replicas)",
                f"Run {num(s.replicas)} replicas of worker (deploy.replicas) with the command"
                f" {lit(s.command)}",
                pins=[
                    documents(f"{_SERVICES}.worker.deploy.replicas", s.replicas),
                    documents(
                        f"{_SERVICES}.worker.command == {raw(s.command)}"
                        f" || join(' ', {_SERVICES}.worker.command[]) == {raw(s.command)}"
                    ),
                ],
            ),
            need(
                f"api and worker depend on redis and restart {lit(s.restart)}",
                f"Both depend on redis and have the restart policy {lit(s.restart)}",
                f"api and worker start after redis (depends_on); their restart policy is"
                f" {lit(s.restart)}",
                pins=[
                    documents(f"{_SERVICES}.[api.restart, worker.restart]", [s.restart, s.restart]),
                    *(
                        documents(f"contains(to_string({_SERVICES}.{name}.depends_on), 'redis')")
                        for name in ("api", "worker")
                    ),
                ],
            ),
        ),
    )


def _worker_answer(s: WorkerStack) -> str:
    return f"""\
services:
  api:
    image: {s.image}
    restart: {s.restart}
    ports:
      - "{s.host_port}:{s.port}"
    environment:
      REDIS_URL: redis://redis:6379/0
    depends_on: [redis]
  worker:
    image: {s.image}
    command: {s.command}
    restart: {s.restart}
    environment:
      REDIS_URL: redis://redis:6379/0
    depends_on: [redis]
    deploy:
      replicas: {s.replicas}
  redis:
    image: redis:{s.redis}
"""


WORKER = Topic(
    name="compose-redis-worker",
    format="compose",
    sample=_sample_worker,
    brief=_worker_brief,
    answer=_worker_answer,
)
