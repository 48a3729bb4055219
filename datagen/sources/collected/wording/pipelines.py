"""Of pipelines: when they run, their jobs, and what these run on and use."""

import json
from collections.abc import Iterator

from datagen.pins import documents, raw
from datagen.sources.collected.units import Unit
from datagen.sources.collected.wording.said import (
    MOST_VALUE,
    Said,
    coded,
    key,
    listed,
    scalars,
    sentence,
    yaml_documents,
)
from rewardsvc.types import JsonValue


def of_named_jobs(unit: Unit) -> Iterator[Said]:
    """GitHub Actions and CircleCI."""
    (whole,) = yaml_documents(unit)
    if isinstance(name := whole.get("name"), str):
        words = f"it is named `{name}`"
        yield sentence(words, [documents("[0].name", name)])
    triggers = whole.get("on")
    events = [triggers] if isinstance(triggers, str) else list(triggers or ())
    if events:
        words = f"runs on {coded(events)}"
        some = [
            documents(
                "(type([0].on) == 'object' && contains(keys([0].on), {0}))"
                " || (type([0].on) != 'object' && contains([0].on, {0}))".replace("{0}", raw(each))
            )
            for each in map(str, events)
        ]
        yield sentence(f"it {words}", some)
    jobs = whole["jobs"]
    if not isinstance(jobs, dict):
        raise ValueError("no jobs")
    words = f"the jobs {coded(jobs)}, and no others"
    names = documents("sort(keys([0].jobs))", sorted(map(str, jobs)))
    yield sentence(f"it has {words}", [names])
    for name, job in jobs.items():
        steps = [each for each in job.get("steps", ()) if isinstance(each, dict)]
        told, checks = [], []
        if isinstance(runner := job.get("runs-on"), str):
            told.append(f"runs on `{runner}`")
            checks.append(documents(f'[0].jobs.{key(name)}."runs-on"', runner))
        uses = [each["uses"] for each in steps if isinstance(each.get("uses"), str)]
        if uses:
            told.append(f"uses {coded(uses)}" + (", in that order" if len(uses) > 1 else ""))
            checks.append(documents(f"[0].jobs.{key(name)}.steps[].uses", uses))
        if told:
            words = f"the job `{name}` {listed(told)}"
            yield sentence(words, checks)


_GITLAB_WORDS = frozenset(
    ("stages", "variables", "default", "include", "workflow", "image", "services", "cache", "pages",
     "before_script", "after_script", "spec")
)  # fmt: skip


def of_gitlab(unit: Unit) -> Iterator[Said]:
    """Stages and jobs of GitLab CI."""
    (whole,) = yaml_documents(unit)
    if isinstance(stages := whole.get("stages"), list):
        words = f"the stages {coded(stages)}, in that order"
        yield sentence(f"it has {words}", [documents("[0].stages", stages)])
    if isinstance(image := whole.get("image"), str):
        words = f"the image `{image}` for all jobs"
        yield sentence(f"it has {words}", [documents("[0].image", image)])
    for name, job in whole.items():
        if name in _GITLAB_WORDS or name.startswith(".") or not isinstance(job, dict):
            continue
        place = f"[0].{key(name)}"
        told, checks = [], [documents(f"type({place})", "object")]
        for path, value in scalars(job, ("stage", "image")):
            told.append(f"{path} `{value}`")
            checks.append(documents(f"{place}.{path}", value))
        script = job.get("script")
        if isinstance(script, list) and all(isinstance(each, str) for each in script):
            told.append(f"script {coded(script)}")
            checks.append(documents(f"{place}.script", script))
        words = f"the job `{name}`" + (f" with {listed(told)}" if told else "")
        yield sentence(f"define {words}", checks)


def of_leaves(unit: Unit) -> Iterator[Said]:
    """Pipelines of Azure and Bitbucket: their scalars, and the names that they give."""
    (whole,) = yaml_documents(unit)
    for path, value in _leaves(whole):
        if isinstance(value, str) and (len(value) > MOST_VALUE or "\n" in value):
            continue
        words = f"`{_shown(path)}` is {json.dumps(value, ensure_ascii=False)}"
        expr = "[0]" + "".join(f"[{p}]" if isinstance(p, int) else f".{key(p)}" for p in path)
        yield sentence(words, [documents(expr, value)])


def _leaves(
    value: object, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], JsonValue]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _leaves(each, (*path, str(name)))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _leaves(each, (*path, number))
    elif isinstance(value, str | bool | int):
        yield path, value


def _shown(path: tuple[str | int, ...]) -> str:
    shown = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return shown.lstrip(".")
