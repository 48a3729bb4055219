"""Turns a configuration into what both engines run: relaxed, surveyed, and laid out. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.base import WORK, Bind, Step
from sandbox.terraform.base import Problem
from sandbox.terraform.projection import names_in
from sandbox.terraform.providers import BUILTIN, KNOWN
from sandbox.terraform.relax import relax
from sandbox.terraform.survey import Source, Survey, outlines, survey
from sandbox.toolchain import Toolchain

TOOLS = "/assay"
"""Where the sandbox sees what is bound into it."""

TERRAFORM = f"{TOOLS}/terraform"
CONFIG = "config"
"""The folder, in the work directory, of the configuration that Terraform plans."""
ORIGINAL = "original"
"""The folder of the files as they were given, for ``fmt``."""
CLI_CONFIG = "cli.tfrc"
PLAN_FILE = f"{WORK}/plan.bin"

# fmt says 3 where files would change; that must not keep the plan from running.
FMT = Step(
    "fmt",
    (
        "/bin/sh",
        "-c",
        f"{TERRAFORM} -chdir={ORIGINAL} fmt -recursive -check -list=true -write=false -no-color; "
        "code=$?; [ $code = 3 ] || exit $code",
    ),
)
PLAN = Step(
    "plan",
    (
        *(TERRAFORM, f"-chdir={CONFIG}", "plan", "-json", "-input=false", "-lock=false"),
        *("-refresh=false", f"-out={PLAN_FILE}"),
    ),
    when="all-passed",
)
SHOW = Step("show", (TERRAFORM, f"-chdir={CONFIG}", "show", "-json", PLAN_FILE), when="all-passed")
GET = Step("get", (TERRAFORM, f"-chdir={CONFIG}", "get", "-no-color"), when="all-passed")
VALIDATE = (TERRAFORM, f"-chdir={CONFIG}", "validate", "-json")


@dataclass(frozen=True, slots=True)
class Installed:
    """The Terraform of this machine: binary, version, and providers by source."""

    terraform: Path
    version: str
    providers: Mapping[str, Path]
    provider_versions: Mapping[str, str]

    @classmethod
    def of(cls, toolchain: Toolchain) -> "Installed":
        """Read the toolchain.

        Raises:
            ToolMissing: there is no terraform.
        """
        tool = toolchain.require("terraform")
        assert tool.path is not None, "a program has a path"
        return cls(
            terraform=tool.path.resolve(),
            version=tool.version.removeprefix("v"),
            providers={source: path.resolve() for source, path in toolchain.providers.items()},
            provider_versions=dict(toolchain.provider_versions),
        )


@dataclass(frozen=True, slots=True)
class Prepared:
    """A configuration, ready to be run.

    ``surveyed``: whether ``needs`` is all it needs, for every file could be outlined.
    ``missing``: known providers that are not installed; ``unknown``: what to say of those that
    nobody knows.
    """

    files: Mapping[str, bytes]
    sources: tuple[Source, ...]
    needs: Survey
    names: frozenset[str]
    relaxed: tuple[str, ...]
    missing: tuple[str, ...]
    unknown: tuple[Problem, ...]
    surveyed: bool = True


def prepare(files: Mapping[str, bytes], installed: Installed) -> Prepared:
    """Look through a configuration and lay out its files."""
    given = {path: text for path, text in files.items() if ".terraform" not in path.split("/")}
    sources = outlines(given)
    needs = survey(sources)
    relaxed = relax(given, sources, installed.version, installed.provider_versions)
    absent = {
        source: place
        for source, place in needs.providers.items()
        if source != BUILTIN and source not in installed.providers
    }
    return Prepared(
        files={
            f"{ORIGINAL}/.keep": b"",
            f"{CONFIG}/.keep": b"",
            **{f"{ORIGINAL}/{path}": content for path, content in given.items()},
            **{f"{CONFIG}/{path}": content for path, content in relaxed.files.items()},
        },
        sources=outlines(relaxed.files),
        needs=needs,
        surveyed=len(sources) == sum(path.endswith((".tf", ".tf.json")) for path in given),
        names=names_in(given),
        relaxed=relaxed.notes,
        missing=tuple(sorted(source for source in absent if source in KNOWN)),
        unknown=tuple(
            Problem("error", "Unknown provider", f"no provider {source} is published", *place)
            for source, place in sorted(absent.items())
            if source not in KNOWN
        ),
    )


def terraform_bind(installed: Installed) -> Bind:
    """The program itself, as the steps name it."""
    return Bind(installed.terraform, TERRAFORM)


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of Terraform in the sandbox."""
    return {
        "TF_CLI_CONFIG_FILE": f"{WORK}/{CLI_CONFIG}",
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "CHECKPOINT_DISABLE": "1",
        **extra,
    }
