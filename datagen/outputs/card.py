"""The data-set card: what is in a data set, and how it was made."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence

from datagen.outputs.base import DataSet
from datagen.outputs.rejected import RejectedFile
from datagen.stages.strength import MAX_SURVIVING
from datagen.teachers import DOCUMENTATION, Reply
from rewardsvc.tasks import row_to_json
from rewardsvc.types import Verdict


class Card:
    """``README.md``; a :class:`RecordSink`."""

    file = "README.md"

    def lines(self, data: DataSet) -> Iterable[str]:
        """Markdown."""
        accepted, decided = len(data.accepted), len(data.accepted) + len(data.rejected)
        rate = f"{accepted / decided:.0%}" if decided else "none"
        splits = Counter(row.split for row in data.rows)
        return [
            f"# {', '.join(data.categories)}: {len(data.rows)} verified instruction pairs",
            "",
            f"Instructions for infrastructure code of the {_named('category', data.categories)},"
            " each with a reference answer and with checks that pin what was asked for.",
            f"{splits['train']} pairs are for training and {splits['test']} are held out.",
            "",
            "## How it was made",
            "",
            f"By `{data.command}` with the {_named('teacher', data.teachers)} and the seed"
            f" {data.seed}."
            f"{_spent(data)}",
            "Each pair begins as a specification that is sampled from the typed space of a topic;"
            " no two specifications of a topic differ in fewer than two fields.",
            "Each answer was run through the verifiers that score completions (the format's own"
            " tools, in a sandbox). Kept is what earned full syntax and full correctness, all"
            f" checks included: {accepted} of {decided} ({rate}); the others are in"
            f" `{RejectedFile.file}`.",
            "The checks themselves are tested with mutants of the answer (docs/mutation.md): a pair"
            f" whose checks let more than {MAX_SURVIVING:.0%} of them pass is among the others.",
            f"Digest of the toolchain: {_toolchains(data)}.",
            "",
            "## Contents",
            "",
            "| topic | format | train | test |",
            "|---|---|---|---|",
            *_contents(data),
            "",
            "## Licence",
            "",
            "The pairs of the built-in teacher are under the Apache License 2.0, as the project"
            " is. For pairs that a model wrote, the terms of its provider hold, too."
            f"{_DOCUMENTED if DOCUMENTATION in data.teachers else ''}",
            *_example(data),
        ]


_DOCUMENTED = (
    f" Pairs of the teacher `{DOCUMENTATION}` take names of arguments and values of examples over"
    " from the AWS provider's documentation (MPL-2.0), as `pulumi-aws` (Apache-2.0) publishes it."
    " Rows of a service are all for training or all held out."
)


def _named(what: str, names: Sequence[str]) -> str:
    """``the teacher `a```, ``the teachers `a`, `b```: the names in code."""
    several = f"{what.removesuffix('y')}ies" if what.endswith("y") else f"{what}s"
    return f"{what if len(names) == 1 else several} {', '.join(f'`{name}`' for name in names)}"


def _spent(data: DataSet) -> str:
    replies = [reply for record in data.records for reply in record.all_results(Reply)]
    read = sum(reply.input_tokens for reply in replies)
    written = sum(reply.output_tokens for reply in replies)
    return f" It read {read} and wrote {written} tokens." if read or written else ""


def _toolchains(data: DataSet) -> str:
    verdicts = [verdict for record in data.accepted if (verdict := record.result(Verdict))]
    digests = sorted({verdict.toolchain for verdict in verdicts if verdict.toolchain})
    return ", ".join(f"`{digest}`" for digest in digests) or "none"


def _contents(data: DataSet) -> Iterable[str]:
    cells = Counter((row.provenance["topic"], row.format, row.split) for row in data.rows)
    for topic, format in sorted({(topic, format) for topic, format, _ in cells}):
        train, test = (cells[topic, format, split] for split in ("train", "test"))
        yield f"| {topic} | {format} | {train} | {test} |"


def _example(data: DataSet) -> Iterable[str]:
    for row in data.rows[:1]:
        shown = json.dumps(json.loads(row_to_json(row)), indent=2, ensure_ascii=False)
        yield from ("", "## A row", "", "```json", shown, "```")
