"""What the commands over rows have in common: what they read, where they write, what they say."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from pydantic import BaseModel

    from datagen.outputs.curated import CurationStep

    Model = TypeVar("Model", bound=BaseModel)

data_argument = click.argument("data", type=click.Path(exists=True, path_type=Path))

curated_option = click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder to write tasks.jsonl and curation.json into; nothing is written without.",
)


def as_settings(model: "type[Model]", **chosen: Any) -> "Model":
    """Options as a section of settings.

    Raises:
        WrongUsage: they do not go together.
    """
    from pydantic import ValidationError

    from datagen.errors import WrongUsage

    try:
        return model(**chosen)
    except ValidationError as error:
        raise WrongUsage("; ".join(each["msg"] for each in error.errors())) from error


def tell(step: "CurationStep", out: Path | None, what: str) -> None:
    """Say how many rows there are of a kind; each of them where nothing is written, else where."""
    kinds = ", ".join(f"{count} by {name}" for name, count in sorted(step.found.items()))
    number = sum(step.found.values())
    words = f"{number} of {step.rows} rows {what}" + (f" ({kinds})" if kinds else "")
    click.echo(words, err=True)
    if out is not None:
        click.echo(out / "tasks.jsonl")
        return
    for id, why in step.dropped.items():
        click.echo(json.dumps({"id": id, **why}, ensure_ascii=False))
