"""Needs that several topics share, worded once."""

from datagen.brief import Need, lit, need, num, size
from datagen.pins import ast, documents, instruction, of_kind, quantity, word_in
from rewardsvc.formats.dockerfile.named import FinalImageHas, PortExposed
from rewardsvc.formats.github_actions.named import TriggeredBy
from rewardsvc.formats.terraform.named import ProviderConfigured
from rewardsvc.types import Check

_READS = {"contents": "read"}


def in_namespace(kind: str, namespace: str) -> Need:
    """The Kubernetes object of a kind lies in a namespace."""
    return need(
        f"namespace {lit(namespace)}",
        f"Put it in the {lit(namespace)} namespace",
        f"The namespace is {lit(namespace)}",
        f"It belongs into namespace {lit(namespace)}",
        pins=[of_kind(kind, "metadata.namespace", namespace)],
    )


def in_region(name: str) -> Need:
    """The AWS provider is configured for a region."""
    return need(
        f"AWS region {lit(name)}",
        f"Configure the AWS provider for {lit(name)}",
        f"Everything lives in the region {lit(name)}",
        f"The provider's region is {lit(name)}",
        pins=[ProviderConfigured(value=name).render()],
    )


def container_image(kind: str, container: str, image: str) -> Need:
    """The container at a path below the object runs an image."""
    return need(
        f"image {lit(image)}",
        f"Use the image {lit(image)}",
        f"The container runs {lit(image)}",
        f"The image is {lit(image)}",
        pins=[of_kind(kind, f"{container}.image", image)],
    )


def equal_resources(kind: str, container: str, cpu: int, memory: str) -> Need:
    """Requests and limits of a container are the same."""
    resources = f"{container}.resources"
    return need(
        f"{num(cpu)} CPU and {size(memory)} memory, requests equal to limits",
        f"Request {num(cpu)} CPU and {size(memory)} of memory, with equal limits",
        f"Requests and limits are both {num(cpu)} CPU and {size(memory)} of memory",
        pins=[
            quantity(kind, f"{resources}.requests.cpu", cpu),
            quantity(kind, f"{resources}.limits.cpu", cpu),
            of_kind(kind, f"{resources}.requests.memory", memory),
            of_kind(kind, f"{resources}.limits.memory", memory),
        ],
    )


def on_push(branch: str) -> Need:
    """A GitHub Actions workflow runs on pushes to one branch."""
    return need(
        f"on push to {lit(branch)}",
        f"It runs on every push to {lit(branch)}",
        f"Trigger it by pushes to the {lit(branch)} branch",
        pins=[TriggeredBy(event="push", branches=[branch]).render()],
    )


def base_image(image: str) -> Need:
    """The final stage of a Dockerfile starts from an image."""
    return need(
        f"final image based on {lit(image)}",
        f"The final image is based on {lit(image)}",
        f"Base the final image on {lit(image)}",
        pins=[FinalImageHas(attribute="base", value=image).render()],
    )


def working_directory(path: str) -> Need:
    """The final image of a Dockerfile has a working directory."""
    return need(
        f"working directory {lit(path)}",
        f"The working directory is {lit(path)}",
        f"Work in {lit(path)}",
        pins=[FinalImageHas(attribute="workdir", value=path).render()],
    )


def exposes(port: int) -> Need:
    """The final image of a Dockerfile exposes one port."""
    return need(
        f"expose port {num(port)}",
        f"Expose port {num(port)}",
        f"The exposed port is {num(port)}",
        pins=[
            PortExposed(port=port).render(),
            ast("length(final.expose)", 1),
        ],
    )


def user(name: str) -> Need:
    """The final image of a Dockerfile runs as a user."""
    return need(
        f"runs as user {lit(name)}",
        f"It runs as the user {lit(name)}",
        f"The final user is {lit(name)}, not root",
        pins=[ast(f"final.user == '{name}' || starts_with(final.user, '{name}:')")],
    )


def replicas(kind: str, count: int) -> Need:
    """A workload has a number of replicas."""
    return need(
        f"{num(count)} replicas",
        f"Run {num(count)} replicas",
        f"The replica count is {num(count)}",
        pins=[of_kind(kind, "spec.replicas", count)],
    )


def created_user(name: str) -> Need:
    """The final image of a Dockerfile runs as a user that an instruction makes."""
    return need(
        f"runs as user {lit(name)}, which is created",
        f"Create the user {lit(name)} (useradd or adduser) and run as it",
        f"The final user is {lit(name)}, not root; create it before",
        pins=[
            ast(f"final.user == '{name}' || starts_with(final.user, '{name}:')"),
            instruction(
                "RUN",
                f"(contains(value, 'useradd ') || contains(value, 'adduser '))"
                f" && {word_in('value', name)}",
            ),
        ],
    )


def reads_the_code() -> Need:
    """Every job of a GitHub Actions workflow checks the code out, and may do no more than read."""
    return need(
        "checkout first in every job, permissions contents: read only",
        "Every job begins with actions/checkout; the token may read contents and nothing else"
        " (permissions: contents: read)",
        "Restrict the permissions to contents: read, and check the repository out in each job",
        pins=[
            checks_out(),
            documents("[0].permissions || (values([0].jobs)[].permissions | [0])", _READS),
        ],
    )


def checks_out() -> Check:
    """No job of a workflow is without a checkout."""
    return documents(
        "length(values([0].jobs)[?!(steps[?starts_with(uses || '', 'actions/checkout@')])])", 0
    )


def one_job(name: str) -> Need:
    """A GitHub Actions workflow consists of one job of a name."""
    return need(
        f"one job, {lit(name)}",
        f"Its only job is called {lit(name)}",
        f"There is one job, {lit(name)}",
        pins=[documents("keys([0].jobs)", [name])],
    )


def workflow(name: str, what: str) -> Need:
    """The goal of a GitHub Actions workflow: its name, and what it does."""
    return need(
        f"GitHub Actions workflow {lit(name)} that {what}",
        f"a GitHub Actions workflow named {lit(name)} that {what}",
        f"a workflow for GitHub Actions, called {lit(name)}, that {what}",
        pins=[documents("[0].name", name)],
    )
