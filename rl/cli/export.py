"""``rl export``: a model as files that others load, and checked."""

import sys
from pathlib import Path

import click

from rl.cli.options import reported, server_option

KINDS = ("merged", "adapter", "q8_0", "q4_k_m")
"""As of :class:`rl.delivery.export.ExportKind`, which a help text does not wait for."""


@click.command(
    short_help="Write a model as files that others load.",
    epilog="For example: rl export runs/qwen/grpo/model --as merged --as q4_k_m --out exports/qwen",
)
@click.argument("model", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--as",
    "kinds",
    multiple=True,
    type=click.Choice(KINDS),
    help="What to make: merged safetensors, the LoRA adapter, GGUF of 8 or of 4 bits. Repeatable; "
    "merged where not given.",
)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="The folder."
)
@click.option(
    "--tasks",
    type=click.Path(path_type=Path),
    help="Load what was made again and hold its answers to these tasks against the model's own.",
)
@click.option(
    "--count", type=click.IntRange(min=1), default=50, show_default=True, help="Of these tasks."
)
@click.option(
    "--config",
    "source",
    help="The configuration for its prompts; that of the run around MODEL where not given.",
)
@server_option
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Of llama.cpp: each wants a core that is free.",
)
@click.option(
    "--gate",
    type=click.Path(path_type=Path, file_okay=False),
    help="An evaluation of MODEL that `rl gate` held against limits; the run around MODEL where "
    "not given.",
)
@click.option("--name", help="Register it under this name (`rl models list`).")
@click.option(
    "--registry",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("models"),
    show_default=True,
    help="The folder of the registry.",
)
@click.option(
    "--push", metavar="OWNER/NAME", help="Upload it to the hub; HF_TOKEN has the key to it."
)
def export(
    *,
    model: Path,
    kinds: tuple[str, ...],
    out: Path,
    tasks: Path | None,
    count: int,
    source: str | None,
    server: str | None,
    threads: int,
    gate: Path | None,
    name: str | None,
    registry: Path,
    push: str | None,
) -> None:
    """Export the model folder MODEL, such as runs/first/grpo/model, with a model card.

    Exit status 1 where an export answers worse than it may: merged not at all, q8_0 2 and q4_k_m 10
    points of mean reward; nothing is uploaded then. What is there already is not made again; a
    folder with the export of another model is refused.
    """
    with reported("export"):
        from rl.cli.opening import need_training_packages

        need_training_packages()
        from rl.delivery.export import ExportKind, exported_files, need_model
        from rl.delivery.export import export as exported
        from rl.delivery.gate import gate_of
        from rl.delivery.record import ExportRecord, begin_record, lineage_of, write_record

        wanted = [ExportKind(each) for each in dict.fromkeys(kinds or ("merged",))]
        need_model(model)
        lineage = lineage_of(model, gate_of(model, gate))
        begin_record(out, lineage, name or out.name)
        for each in exported(model, out, wanted, threads):
            click.echo(f"made: {each}", err=True)
        check = None
        if tasks is not None:
            from rl.cli.checking_exports import checked

            check = checked(
                model,
                out,
                wanted,
                tasks=tasks,
                count=count,
                source=source,
                server=server,
                threads=threads,
            )
        record = ExportRecord(lineage, tuple(exported_files(out)), check)
        write_record(out, record, name or out.name)
        if name is not None:
            from rl.delivery.registry import ModelRegistry

            version = ModelRegistry(registry).add(name, out, record)
            click.echo(f"{version.name} {version.version}", err=True)
        failed = [] if check is None else [each for each in check.exports if not each.kept]
        for one in failed:
            lost = "nothing was scored"
            if one.lost is not None:
                lost = f"lost {one.lost:.3f} of the reward"
            click.echo(f"not kept: {one.kind}: {lost}, may lose {one.tolerance:.2f}")
        if push is not None and failed:
            click.echo(f"not pushed to {push}: what is not kept stays here", err=True)
        elif push is not None:
            from rl.delivery.push import push_export

            click.echo(push_export(out, push), err=True)
        click.echo(out)
    if failed:
        sys.exit(1)
