"""``datagen report``: how it is called. ``datagen/outputs/report/`` does what it says."""

from pathlib import Path

import click

from datagen.cli.curating import data_argument
from datagen.cli.endings import ended_as_command


@click.command(
    short_help="Write a page about a data set.",
    epilog="For example: datagen report data/k8s --out k8s.html",
)
@data_argument
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The page.  [default: report.html beside the rows]",
)
@click.pass_obj
def report(config: Path | None, data: Path, *, out: Path | None) -> None:
    """Write one HTML file about DATA (a folder with tasks.jsonl, or such a file).

    It fetches nothing and needs no server. It shows from how many candidates the rows came, topics
    and formats, why others were rejected, what it cost, lengths, near-duplicates, and pairs with
    their verdicts.
    """
    with ended_as_command():
        from datagen.curation import tasks_file
        from datagen.errors import WrongUsage
        from datagen.outputs.files import replace_file
        from datagen.outputs.report.findings import findings_of
        from rewardsvc.extras import needing
        from rewardsvc.llm import PriceList
        from rewardsvc.settings import load_settings

        with needing("export"):
            from datagen.outputs.report.page import page_of
            from rewardsvc.report.page import page_to_html
        file = out or tasks_file(data).parent / "report.html"
        if file.exists() and not _is_page(file):
            raise WrongUsage(f"--out {file}: is there, and is no page: choose another file")
        prices = PriceList(load_settings(config).prices)
        html = page_to_html(page_of(findings_of(data, prices)))
        replace_file(file, [html.rstrip("\n")])
        click.echo(file)


def _is_page(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return stream.read(64).lstrip().lower().startswith(b"<!doctype html>")
    except OSError:
        return False
