"""``rl compare`` and ``rl gate``: is one model better than another, and is one good enough?"""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from rl.cli.options import reported


@click.command(
    short_help="Put two evaluations side by side.",
    epilog="For example: rl compare runs/bench:sft runs/bench:grpo --out runs/compare.html",
)
@click.argument("first")
@click.argument("second")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The page to write, with where they differ and answers to read.",
)
def compare(first: str, second: str, out: Path | None) -> None:
    """Say how much better SECOND is than FIRST, and whether that may be chance.

    Each is the folder of an evaluation or a run, FOLDER:MODEL where it has several, or a file of
    answers (eval/MODEL.greedy.jsonl).
    """
    with reported("compare"):
        _need_report()
        from rewardsvc.report.page import page_to_html
        from rl.errors import InvalidRunDirectory
        from rl.evaluation.answer_set import answer_set
        from rl.evaluation.difference import difference_page, differences

        before, after = answer_set(first), answer_set(second)
        found = differences(before, after)
        if not any(change.right.n for change in found):
            raise InvalidRunDirectory(
                f"{first} and {second}: no task was scored in both: nothing to compare"
            )
        for change in found:
            click.echo(change.words)
            for word, tasks in (("better", change.better), ("worse", change.worse)):
                if tasks:
                    more = f" and {len(tasks) - 10} more" if len(tasks) > 10 else ""
                    click.echo(f"  {word}: {', '.join(tasks[:10])}{more}")
        if out is not None:
            out.parent.mkdir(parents=True, exist_ok=True)
            page = page_to_html(difference_page(before, after))
            out.write_text(page, encoding="utf-8", errors="replace")
            click.echo(f"page: {out}", err=True)


@click.command(
    short_help="Hold an evaluation against limits.",
    epilog="For example: rl gate runs/bench --limits limits.yaml",
)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--limits",
    "file",
    required=True,
    type=click.Path(path_type=Path),
    help="A YAML file of limits (docs/evaluation.md).",
)
def gate(folder: Path, file: Path) -> None:
    """Hold the evaluation or the run in FOLDER against limits.

    Exit status 1 where one is not kept; each of those is named on stdout. gate.json in FOLDER has
    all results.
    """
    with reported("gate"):
        _need_report()
        from rl.configs.limits import load_limits
        from rl.evaluation.answer_set import answer_set, answer_sets
        from rl.evaluation.gate import gate_results

        limits = load_limits(file).limits
        others = {each.against: answer_set(each.against) for each in limits if each.against}
        results = gate_results(answer_sets(folder), limits, others)
        said = {"passed": all(each.passed for each in results)}
        lines = [asdict(each) for each in results]
        (folder / "gate.json").write_text(
            json.dumps({**said, "results": lines}, indent=1) + "\n", encoding="utf-8"
        )
        failed = [each for each in results if not each.passed]
        for each in failed:
            click.echo(f"not kept: {each}")
        click.echo(f"{len(results) - len(failed)} of {len(results)} limits are kept", err=True)
    if failed:
        sys.exit(1)


def _need_report() -> None:
    from rewardsvc.extras import needing

    with needing("rl"):
        import jinja2  # noqa: F401
        import pydantic_settings  # noqa: F401
        import scipy  # noqa: F401
        import yaml  # noqa: F401
