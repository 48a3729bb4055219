"""Which versions judge a configuration: Terraform's, or OpenTofu's, and its providers'. Pure."""

from collections.abc import Mapping

from sandbox.hcl.addresses import registry_of, served_by
from sandbox.hcl.survey import chosen_versions, outlines, root_folders, survey
from sandbox.toolchain import Toolchain


def used(files: Mapping[str, bytes], toolchain: Toolchain) -> tuple[str, ...]:
    """The program and the providers that the configuration names, each with its version.

    What stands in for a provider is said to: ``hashicorp/random 3.7.2 (stand-in)``.

    Raises:
        ToolMissing: there is no terraform.
    """
    tool = toolchain.require("terraform")
    registry = registry_of(tool.program)
    sources = outlines(files)
    needs = survey(sources, root_folders(files, sources)[0], registry)
    standins = {source: f"{each.version} (stand-in)" for source, each in toolchain.stood_in.items()}
    chosen = chosen_versions(sources, toolchain.provider_choices, registry)
    versions = served_by(registry, {**toolchain.provider_versions, **chosen, **standins})
    return (
        tool.title,
        *(
            f"{source.partition('/')[2]} {versions[source]}"
            for source in sorted(needs.providers)
            if source in versions
        ),
    )
