"""``datagen collect``: how it is called. ``datagen/pipeline/collecting.py`` does what it says."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from datagen.cli.endings import ended_as_command, ended_with
from datagen.cli.options import concurrency_option, server_option, shrink_option

if TYPE_CHECKING:
    from datagen.sources.collected import CollectionSettings, RepositoryProvider

    OpenProvider = Callable[
        ["CollectionSettings", Path, Callable[[float], None]],
        AbstractAsyncContextManager[RepositoryProvider],
    ]

_OPTIONS = (
    click.option(
        "--out",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path("data/collected"),
        show_default=True,
        metavar="DIR",
        help="Folder of the data set.",
    ),
    click.option(
        "--settings",
        "file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="A YAML file with any of the keys in docs/collecting.md; flags win over it.",
    ),
    click.option(
        "--max-repos", "max_repos_per_search", type=int, help="Repositories of one search at most."
    ),
    click.option(
        "--min-terraform-files", type=int, help="With fewer, a repository gives no Terraform."
    ),
    click.option("--cache-ttl-hours", type=float, help="How long clones and pages are used again."),
    click.option(
        "--licence", "licences", multiple=True, metavar="SPDX", help="Allowed; repeatable."
    ),
    click.option(
        "--unknown-licences",
        is_flag=True,
        default=None,
        help="Take what is under a licence that nobody can tell, too.",
    ),
    click.option("--min-quality", type=float, help="In 0 to 1; what is below is left out."),
    click.option("--format", "formats", multiple=True, help="Only this; repeatable."),
    click.option(
        "--cache",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="Folder of clones and pages.  [default: assay/collected in the user's cache]",
    ),
    click.option(
        "--seed", type=int, default=0, show_default=True, help="Chooses held-out repositories."
    ),
    server_option,
    concurrency_option,
    shrink_option,
    click.pass_obj,
)


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.group(
    short_help="Make tasks of other people's repositories.",
    epilog="For example: datagen collect local modules/network",
)
def collect() -> None:
    """Make tasks of modules and files in repositories: what the tools accept, licences allow and
    holds no secret.

    Instructions are told from names and values in the files; rows name repository, commit, path and
    licence. Interrupted and run again, it goes on: clones, pages and verdicts are kept.
    """


@collect.command(epilog='For example: datagen collect github --query "language:HCL topic:aws"')
@click.option("--query", "queries", multiple=True, help="A search for repositories; repeatable.")
@click.option(
    "--code-query",
    "code_queries",
    multiple=True,
    help="A search for files, whose repositories are taken (needs GITHUB_TOKEN); repeatable.",
)
@click.option("--api", default="https://api.github.com", show_default=True, metavar="URL")
@_options
def github(config: Path | None, *, api: str, **chosen: Any) -> None:
    """Collect from GitHub's searches, within its limits. GITHUB_TOKEN is optional, and is asked for
    with --code-query."""

    def provider(
        settings: "CollectionSettings", cache: Path, waiting: Callable[[float], None]
    ) -> AbstractAsyncContextManager["RepositoryProvider"]:
        from datagen.pipeline.providers import open_github

        return open_github(settings, api, cache, waiting)

    _collect(config, ("github", api), provider, chosen)


@collect.command(epilog="For example: datagen collect azure acme --project platform")
@click.argument("organization")
@click.option("--project", "projects", multiple=True, help="Only of this; repeatable.")
@click.option("--api", default="https://dev.azure.com", show_default=True, metavar="URL")
@_options
def azure(
    config: Path | None, *, organization: str, projects: tuple[str, ...], api: str, **chosen: Any
) -> None:
    """Collect from an ORGANIZATION of Azure DevOps, with AZURE_DEVOPS_TOKEN."""

    def provider(
        settings: "CollectionSettings", cache: Path, waiting: Callable[[float], None]
    ) -> AbstractAsyncContextManager["RepositoryProvider"]:
        from datagen.pipeline.providers import open_azure

        return open_azure(
            settings, api, cache, waiting, organization=organization, projects=projects
        )

    _collect(config, ("azure", api, organization, *projects), provider, chosen)


@collect.command(epilog="For example: datagen collect git https://example.org/acme/network.git")
@click.argument("addresses", nargs=-1, required=True)
@_options
def git(config: Path | None, *, addresses: tuple[str, ...], **chosen: Any) -> None:
    """Collect from repositories by their ADDRESSES: https://, or a repository on this machine."""

    def provider(
        settings: "CollectionSettings", cache: Path, waiting: Callable[[float], None]
    ) -> AbstractAsyncContextManager["RepositoryProvider"]:
        from datagen.pipeline.providers import opened
        from datagen.sources.collected.named import NamedAddresses

        return opened(NamedAddresses(addresses))

    _collect(config, ("git", *addresses), provider, chosen)


@collect.command(epilog="For example: datagen collect local ../infrastructure --licence MIT")
@click.argument(
    "folders",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
@_options
def local(config: Path | None, *, folders: tuple[Path, ...], **chosen: Any) -> None:
    """Collect from FOLDERS as they are; each is a repository of its own."""

    def provider(
        settings: "CollectionSettings", cache: Path, waiting: Callable[[float], None]
    ) -> AbstractAsyncContextManager["RepositoryProvider"]:
        from datagen.pipeline.providers import opened
        from datagen.sources.collected.named import NamedFolders

        return opened(NamedFolders(folders))

    _collect(config, ("local", *(str(each.resolve()) for each in folders)), provider, chosen)


def _collect(
    config: Path | None, place: tuple[str, ...], provider: "OpenProvider", chosen: dict[str, Any]
) -> None:
    with ended_as_command(resumable=True):
        from rich.console import Console

        from rewardsvc.extras import needing

        with needing("collect"):
            from datagen.pipeline.collecting import WantedCollection, cache_folder
            from datagen.pipeline.collecting import collect as collect_from
        from datagen.sources.collected.settings import read_collection_settings
        from rewardsvc.settings import load_settings

        of_run = {name: chosen.pop(name) for name in ("server", "concurrency", "shrink")}
        out, seed, file = chosen.pop("out"), chosen.pop("seed"), chosen.pop("file")
        cache = chosen.pop("cache") or cache_folder()
        settings = read_collection_settings(file, chosen)
        wanted = WantedCollection(
            place=place,
            settings=settings,
            folder=out,
            cache=cache,
            provider=lambda waiting: provider(settings, cache, waiting),
            split_seed=seed,
            **of_run,
        )
        ended_with(collect_from(wanted, load_settings(config), Console(stderr=True)))
