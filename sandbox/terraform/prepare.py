"""Turns a configuration into what both engines run: relaxed, surveyed, and laid out. Pure."""

import json
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from sandbox.base import WORK, Bind, Step
from sandbox.hcl.addresses import BUILTIN, REGISTRY, registry_of, served_by
from sandbox.hcl.survey import (
    ENDINGS,
    MAX_BYTES,
    OutlinedFile,
    Survey,
    chosen_versions,
    outlines,
    root_folders,
    survey,
)
from sandbox.standins import StandinProvider
from sandbox.terraform.base import Problem
from sandbox.terraform.modules import resolve
from sandbox.terraform.places import CLI_CONFIG, CONFIG, ORIGINAL, PLAN_FILE, TERRAFORM
from sandbox.terraform.plugins.programs import BoxedStandins, PluginProgram
from sandbox.terraform.plugins.projection import names_in
from sandbox.terraform.plugins.providers import KNOWN, is_warm
from sandbox.terraform.relax import Unmet, relax
from sandbox.toolchain import Toolchain

MAX_CONFIGURATIONS = 16
"""Provider blocks of one provider in a configuration. Each takes a process of up to 700 MB; real
configurations have one for each region that they use."""

FMT = Step(
    "fmt",
    # Not -check: its exit code for files that would change would keep the plan from running.
    (
        *(TERRAFORM, f"-chdir={ORIGINAL}", "fmt", "-recursive"),
        *("-list=true", "-write=false", "-no-color"),
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
    """The Terraform (or OpenTofu) of this machine: binary, version, and providers by source.

    ``registry``: where it looks for a provider whose source names no host.
    ``standins``: what answers for providers without a program.
    """

    terraform: Path
    version: str
    providers: Mapping[str, Path]
    provider_versions: Mapping[str, str]
    registry: str = REGISTRY
    standins: Mapping[str, StandinProvider] = field(default_factory=dict)
    modules: Mapping[str, Mapping[str, Path]] = field(default_factory=dict)
    """The registry's modules that are here: namespace/name/provider to version to folder."""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of providers that are here in several versions, these, the newest first."""

    def has(self, source: str) -> bool:
        """Whether something answers for a provider."""
        return source in self.providers or source in self.standins

    def program(self, source: str) -> PluginProgram:
        """How a provider that answers is started."""
        if source in self.providers:
            return PluginProgram.of_plugin(self.providers[source])
        return PluginProgram.of_standin(self.standins[source])

    @classmethod
    def of(cls, toolchain: Toolchain) -> "Installed":
        """Read the toolchain.

        Raises:
            ToolMissing: there is no terraform.
        """
        tool = toolchain.require("terraform")
        assert tool.path is not None, "a program has a path"
        registry = registry_of(tool.program)
        providers = {source: path.resolve() for source, path in toolchain.providers.items()}
        standins = served_by(registry, toolchain.stood_in)
        versions = {
            **served_by(registry, toolchain.provider_versions),
            **{source: standin.version for source, standin in standins.items()},
        }
        return cls(
            terraform=tool.path.resolve(),
            version=tool.version.removeprefix("v"),
            providers=served_by(registry, providers),
            provider_versions=versions,
            registry=registry,
            standins=standins,
            modules=toolchain.terraform_modules,
            choices=served_by(registry, toolchain.provider_choices),
        )


@dataclass(frozen=True, slots=True)
class PreparedConfiguration:
    """A configuration, ready to be run.

    ``root``: the folder of its root module, "" for the top.
    ``not_json``: what is wrong with files whose name says JSON and that are none.
    ``surveyed``: whether ``needs`` is all it needs, for every file could be outlined.
    ``missing``: known providers that are not installed, of ``absent``, which has those that nobody
    knows, too; ``refused``: why it is not run with providers at all (one that nobody knows, more of
    one than there may be). ``unmet``: the versions that it asks for and that are not installed.
    """

    files: Mapping[str, bytes]
    sources: tuple[OutlinedFile, ...]
    needs: Survey
    names: frozenset[str]
    relaxed: tuple[str, ...]
    missing: tuple[str, ...]
    refused: tuple[Problem, ...]
    surveyed: bool = True
    root: str = ""
    not_json: tuple[Problem, ...] = ()
    absent: tuple[str, ...] = ()
    unmet: tuple[Unmet, ...] = ()
    older: bool = False
    """Whether its pins choose another version of a provider than the newest that is here."""

    def leans_on(self, source: str, registry: str) -> bool:
        """Whether a provider may be asked; ``registry`` is the one of sources without a host.

        Anything may be in what could not be read; under one name each is enough.
        """
        unread = not self.surveyed and source.startswith(registry)
        return source in self.needs.providers or unread

    def at_root(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        """The steps with those of the configuration run where its root module lies."""
        top, root = f"-chdir={CONFIG}", f"-chdir={posixpath.join(CONFIG, self.root)}"
        if not self.root:
            return steps
        return tuple(
            replace(step, argv=tuple(root if word == top else word for word in step.argv))
            for step in steps
        )


def prepare(files: Mapping[str, bytes], installed: Installed) -> PreparedConfiguration:
    """Look through a configuration and lay out its files."""
    given = {path: text for path, text in files.items() if ".terraform" not in path.split("/")}
    sources = outlines(given)
    root, *others = root_folders(given, sources)
    modules = resolve(sources, root, installed.modules, installed.registry)
    everything = (*sources, *modules.sources)
    chosen = chosen_versions(everything, installed.choices, installed.registry)
    needs = survey(everything, root, installed.registry, modules.folders)
    relaxed = relax(
        {**given, **modules.files},
        everything,
        installed.version,
        {**installed.provider_versions, **chosen},
        installed.registry,
        more=modules.overlooked,
    )
    absent = {
        source: place
        for source, place in needs.providers.items()
        if source != BUILTIN and not installed.has(source)
    }
    return PreparedConfiguration(
        files={
            **within(ORIGINAL, given),
            **within(CONFIG, relaxed.files),
        },
        sources=outlines({path: relaxed.files[path] for path in given if path in relaxed.files}),
        needs=needs,
        surveyed=len(sources) == sum(path.endswith(ENDINGS) for path in given),
        names=names_in({**given, **modules.files}),
        relaxed=(
            *((_place_in_words(root, others),) if root else ()),
            *relaxed.notes,
        ),
        missing=tuple(sorted(source for source in absent if source in KNOWN)),
        refused=(
            *(
                Problem(
                    "error", "Unknown provider", f"{source} is not a provider known here", *place
                )
                for source, place in sorted(absent.items())
                if source not in KNOWN
            ),
            *(
                Problem(
                    "error",
                    "Too many provider configurations",
                    f"{count} blocks configure {source}, each of which takes a process of its own; "
                    f"at most {MAX_CONFIGURATIONS} are run",
                    *needs.providers[source],
                )
                for source, count in sorted(needs.configured.items())
                if count > MAX_CONFIGURATIONS
            ),
        ),
        root=root,
        not_json=tuple(_not_json(given)),
        absent=tuple(sorted(absent)),
        unmet=relaxed.unmet,
        older=any(
            chosen.get(source) not in (None, installed.provider_versions.get(source))
            for source in needs.providers
        ),
    )


def within(folder: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files in a folder, which is there also where there are none."""
    return {f"{folder}/{path}": text for path, text in files.items()} or {f"{folder}/.keep": b""}


def _place_in_words(root: str, others: list[str]) -> str:
    where = f"where the root module lies (in {root}/)"
    if not others:
        return where
    return f"{where}, and the root modules beside it ({', '.join(f'{one}/' for one in others)})"


def _not_json(files: Mapping[str, bytes]) -> Iterator[Problem]:
    for path, content in files.items():
        if path.endswith(".tf.json") and len(content) <= MAX_BYTES:
            try:
                json.loads(content)
            except json.JSONDecodeError as error:
                yield Problem("error", "Invalid JSON", error.msg, path, error.lineno)
            except (ValueError, RecursionError) as error:
                yield Problem("error", "Invalid JSON", str(error), path)


def boxed_standins(
    prepared: PreparedConfiguration, installed: Installed, *, warm: bool
) -> BoxedStandins:
    """The stand-ins that a configuration asks in its own box; ``warm``: but for those that answer
    from a box of theirs."""
    return BoxedStandins(
        {
            source: standin
            for source, standin in installed.standins.items()
            if prepared.leans_on(source, installed.registry) and not (warm and is_warm(source))
        },
        posixpath.join(CONFIG, prepared.root),
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
        # Terraform's own S3 client, for remote states, would look for an instance for seconds.
        "AWS_EC2_METADATA_DISABLED": "true",
        **extra,
    }
