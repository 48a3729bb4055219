"""Dockerfiles of one stage: a Python API, a static site behind nginx."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.needs import base_image, created_user, exposes, working_directory
from datagen.pins import ast, instruction, word_in
from datagen.topic import Topic
from datagen.vocabulary import PORTS, PYTHONS


@dataclass(frozen=True, slots=True)
class PythonApi:
    """A web application of some framework's server."""

    python: str
    variant: str
    workdir: str
    server: str
    module: str
    port: int
    user: str
    requirements: str


_SERVERS = {
    "uvicorn": lambda s: ["uvicorn", s.module, "--host", "0.0.0.0", "--port", str(s.port)],
    "gunicorn": lambda s: ["gunicorn", "--bind", f"0.0.0.0:{s.port}", s.module],
    "hypercorn": lambda s: ["hypercorn", "--bind", f"0.0.0.0:{s.port}", s.module],
}


def _sample_python(rng: Random) -> PythonApi:
    return PythonApi(
        python=rng.choice(PYTHONS),
        variant=rng.choice(("slim", "slim-bookworm")),
        workdir=rng.choice(("/app", "/srv/app", "/opt/app", "/code", "/usr/src/app")),
        server=rng.choice(tuple(_SERVERS)),
        module=rng.choice(("app:app", "main:app", "api.main:app", "src.app:app", "service:app")),
        port=rng.choice(PORTS),
        user=rng.choice(("app", "api", "web", "appuser", "runner")),
        requirements=rng.choice(("requirements.txt", "requirements.lock", "requirements-prod.txt")),
    )


def _python_brief(s: PythonApi) -> Brief:
    command = _SERVERS[s.server](s)
    return Brief(
        need(
            f"Dockerfile of a Python API that {lit(s.server)} serves",
            f"a Dockerfile for a Python API served by {lit(s.server)}",
            f"a Dockerfile that packages a Python web service and starts it with {lit(s.server)}",
            pins=[ast("final.cmd[0]", s.server)],
        ),
        (
            base_image(f"python:{s.python}-{s.variant}"),
            working_directory(s.workdir),
            need(
                f"install {lit(s.requirements)} with pip, without cache, before copying the code",
                f"Copy {lit(s.requirements)} and install it with pip --no-cache-dir before the code"
                f" is copied",
                f"Install {lit(s.requirements)} (pip install --no-cache-dir -r) in a layer of its"
                f" own",
                pins=[
                    instruction("COPY", word_in("value", s.requirements)),
                    instruction(
                        "RUN",
                        f"{word_in('value', f'-r {s.requirements}')}"
                        " && contains(value, '--no-cache-dir')",
                    ),
                ],
            ),
            exposes(s.port),
            created_user(s.user),
            need(
                "copy the code into the working directory",
                "Then copy the whole folder into the working directory",
                "The code (all of the build context) is copied into the working directory",
                pins=[instruction("COPY", "starts_with(value, '. ')")],
            ),
            need(
                f"command {lit(' '.join(command))} in exec form",
                f"The command, in exec form, is {lit(' '.join(command))}",
                f"It starts {lit(' '.join(command))} (exec form)",
                pins=[ast("final.cmd", command)],
            ),
        ),
    )


def _python_answer(s: PythonApi) -> str:
    command = ", ".join(f'"{word}"' for word in _SERVERS[s.server](s))
    return f"""\
FROM python:{s.python}-{s.variant}
WORKDIR {s.workdir}
COPY {s.requirements} .
RUN pip install --no-cache-dir -r {s.requirements}
COPY . .
RUN useradd --create-home {s.user}
USER {s.user}
EXPOSE {s.port}
CMD [{command}]
"""


PYTHON_API = Topic(
    name="python-api-image",
    format="dockerfile",
    sample=_sample_python,
    brief=_python_brief,
    answer=_python_answer,
)


_ROOT = "/usr/share/nginx/html"


@dataclass(frozen=True, slots=True)
class StaticSite:
    """Files, a configuration and a health check."""

    nginx: str
    source: str
    config: str
    port: int
    interval: int
    label: str


def _sample_site(rng: Random) -> StaticSite:
    return StaticSite(
        nginx=f"1.{rng.choice((25, 26, 27, 28))}.{rng.randint(0, 5)}-alpine",
        source=rng.choice(("public/", "dist/", "site/", "html/", "build/", "www/")),
        config=rng.choice(("nginx.conf", "default.conf", "conf/site.conf", "deploy/nginx.conf")),
        port=rng.choice((80, 8080, 8000, 8081, 3000)),
        interval=rng.choice((5, 10, 15, 20, 30, 60)),
        label=rng.choice(("web-team", "docs", "marketing", "platform", "frontend", "design")),
    )


def _site_brief(s: StaticSite) -> Brief:
    return Brief(
        need(
            "Dockerfile of a static site behind nginx",
            "a Dockerfile that serves a static site with nginx",
            "a Dockerfile for an nginx image with our static files in it",
            pins=[instruction("COPY", "contains(value, '/usr/share/nginx/html')")],
        ),
        (
            base_image(f"nginx:{s.nginx}"),
            need(
                f"copy {lit(s.source)} to /usr/share/nginx/html/",
                f"The files come from {lit(s.source)} and go to /usr/share/nginx/html/",
                f"Copy the folder {lit(s.source)} to /usr/share/nginx/html/",
                pins=[
                    instruction(
                        "COPY",
                        f"(starts_with(value, '{s.source} ')"
                        f" || starts_with(value, '{s.source[:-1]} '))"
                        f" && (ends_with(value, ' {_ROOT}/') || ends_with(value, ' {_ROOT}'))",
                    )
                ],
            ),
            need(
                f"configuration {lit(s.config)} as /etc/nginx/conf.d/default.conf",
                f"Copy {lit(s.config)} to /etc/nginx/conf.d/default.conf",
                f"The file {lit(s.config)} becomes /etc/nginx/conf.d/default.conf",
                pins=[
                    instruction(
                        "COPY",
                        f"ends_with(value, '{s.config} /etc/nginx/conf.d/default.conf')",
                    )
                ],
            ),
            exposes(s.port),
            need(
                f"health check every {num(s.interval)} seconds by wget on localhost:{s.port}",
                f"A health check fetches http://localhost:{s.port}/ with wget every"
                f" {num(s.interval)} seconds",
                f"Every {num(s.interval)} seconds, check http://localhost:{s.port}/ with wget",
                pins=[
                    instruction(
                        "HEALTHCHECK", f"contains(flags.interval || `[]`, '{s.interval}s')"
                    ),
                    ast(
                        f"to_string(final.healthcheck) | contains(@, 'wget') && "
                        f"(contains(@, '//localhost:{s.port}/')"
                        f" || contains(@, '//localhost:{s.port}\"')"
                        f" || contains(@, '//localhost:{s.port} '))"
                    ),
                ],
            ),
            need(
                f"label team={lit(s.label)}",
                f"Label it with team={lit(s.label)}",
                f"Its label team has the value {lit(s.label)}",
                pins=[ast("final.labels.team", s.label)],
            ),
        ),
    )


def _site_answer(s: StaticSite) -> str:
    return f"""\
FROM nginx:{s.nginx}
LABEL team="{s.label}"
COPY {s.config} /etc/nginx/conf.d/default.conf
COPY {s.source} /usr/share/nginx/html/
EXPOSE {s.port}
HEALTHCHECK --interval={s.interval}s CMD ["wget", "-qO-", "http://localhost:{s.port}/"]
"""


STATIC_SITE = Topic(
    name="static-site-image",
    format="dockerfile",
    sample=_sample_site,
    brief=_site_brief,
    answer=_site_answer,
)
