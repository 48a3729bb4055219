"""What a workflow runs: other workflows, actions, containers, and where those can run."""

import re
from collections.abc import Iterator
from typing import Any

from rewardsvc.formats.github_actions.workflow import (
    Path,
    Workflow,
    WorkflowJob,
    fixed,
    runners,
)
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.pipelines.values import mapping

_FOLDER = re.compile(r"\.github/workflows(?:-lab)?/")
_REMOTE = re.compile(r"[\w.-]+/[\w.-]+/(?P<path>[^@]*)@(?P<ref>[^@]+)")
_IN_FOLDER = re.compile(r"\.github/workflows(?:-lab)?/(?P<name>[^/]+)")
_BAD_REF = re.compile(r"[?*\[\]\\~^:\s\x00-\x1f\x7f]|@\{|\.\.|//|^[/.]|[/.]$|/\.|\.lock(?:/|$)")
_WORKFLOW = re.compile(r"[^@]*\.github/workflows(?:-lab)?/[^/@]+\.ya?ml(?:@.*)?")
_HOSTED = re.compile(r"(?:windows|macos)-(?:latest|\d).*")
_DOCKER = "docker://"
_OPTION = re.compile(r"(?<!\S)--(?P<name>network|net|entrypoint)(?=[\s=]|$)")


def called(workflow: Workflow) -> Iterator[Diagnostic]:
    """A reusable workflow is a YAML file directly in ``.github/workflows`` of a repository."""
    for job in workflow.jobs:
        uses = fixed(job.value.get("uses"))
        if uses and (words := _not_a_workflow(uses)):
            yield workflow.problem("workflow-reference", f"{uses!r}: {words}", (*job.path, "uses"))


def _not_a_workflow(uses: str) -> str:
    """Why a job cannot use it; "" where it can, or where actionlint says what is wrong."""
    if uses.startswith("./"):
        path, ref = uses.removeprefix("./"), ""
        if "@" in path:
            return ""
    else:
        match = _REMOTE.fullmatch(uses)
        if match is None:
            return ""
        path, ref = match["path"], match["ref"]
    if not _FOLDER.match(path):
        if ref and "/" not in path:
            return ""  # as in examples that actionlint's authors call good
        return "references to workflows must be rooted in '.github/workflows'"
    inside = _IN_FOLDER.fullmatch(path)
    if inside is None:
        return "workflows must be defined at the top level of the .github/workflows/ directory"
    if not inside["name"].removesuffix(".yml").removesuffix(".yaml") or not inside["name"].endswith(
        (".yml", ".yaml")
    ):
        return "a workflow's file ends in '.yml' or '.yaml'"
    if ref and _BAD_REF.search(ref):
        return f"{ref!r} is no name of a branch, a tag or a commit"
    return ""


def workflows_as_steps(workflow: Workflow) -> Iterator[Diagnostic]:
    """A step uses an action; a workflow is used by a job."""
    for _, step, path in workflow.steps:
        uses = fixed(step.get("uses"))
        if uses and _WORKFLOW.fullmatch(uses):
            words = f"{uses!r} is a workflow: a job uses it, a step uses an action"
            yield workflow.problem("workflow-as-step", words, (*path, "uses"))


def images(workflow: Workflow) -> Iterator[Diagnostic]:
    """A container has an image."""
    for job in workflow.jobs:
        container = job.value.get("container")
        if _image(container) == _DOCKER:
            yield _without_image(workflow, (*job.path, "container", "image"))
        for name, service in mapping(job.value.get("services")).items():
            if _image(service) in {"", _DOCKER}:
                yield _without_image(workflow, (*job.path, "services", name, "image"))
    for _, step, path in workflow.steps:
        if step.get("uses") == _DOCKER:
            yield _without_image(workflow, (*path, "uses"))


def _image(container: JsonValue) -> str | None:
    """What a container is made of; None where that is no text."""
    image = container.get("image") if isinstance(container, dict) else container
    return image if isinstance(image, str) else None


def _without_image(workflow: Workflow, path: Path) -> Diagnostic:
    return workflow.problem("container-image", "a container without an image", path)


def containers_elsewhere(workflow: Workflow) -> Iterator[Diagnostic]:
    """Containers run on Linux."""
    places = {job.id: place for job in workflow.jobs if (place := _not_linux(job))}
    for job in workflow.jobs:
        for key in ("container", "services") if job.id in places else ():
            value: Any = job.value.get(key)
            services = key == "services" and isinstance(value, dict)
            images = value.values() if services else (value,)
            if value and not any("${{" in str(_image(one)) for one in images):
                words = f"{key}: containers run on Linux only, and the job runs on {places[job.id]}"
                yield workflow.problem("container-runner", words, (*job.path, key))
    for job, step, path in workflow.steps if places else ():
        uses = fixed(step.get("uses"))
        if uses and uses.startswith(_DOCKER) and "if" not in step and job.id in places:
            words = f"{uses!r}: containers run on Linux only, and the job runs on {places[job.id]}"
            yield workflow.problem("container-runner", words, (*path, "uses"))


def _not_linux(job: WorkflowJob) -> str:
    """The runner of GitHub's own that is no Linux, "" where there is none for sure."""
    labels = runners(job)
    if "self-hosted" in labels or "if" in job.value:
        return ""
    return next((label for label in labels if _HOSTED.fullmatch(label)), "")


def options(workflow: Workflow) -> Iterator[Diagnostic]:
    """Containers get their network and what they start with from GitHub."""
    for job in workflow.jobs:
        holders: list[tuple[JsonValue, Path, frozenset[str]]] = [
            (
                job.value.get("container"),
                ("container",),
                frozenset({"network", "net", "entrypoint"}),
            )
        ]
        holders += [
            (service, ("services", name), frozenset({"network", "net"}))
            for name, service in mapping(job.value.get("services")).items()
        ]
        for container, path, refused in holders:
            text = fixed(mapping(container).get("options"))
            for match in _OPTION.finditer(text or ""):
                if match["name"] in refused:
                    words = f"the option --{match['name']} is not supported"
                    place = (*job.path, *path, "options")
                    yield workflow.problem("container-options", words, place)
