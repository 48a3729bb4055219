"""The data-set card: what is in a data set, and how it was made."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice

from datagen.outputs.base import DataSet
from datagen.outputs.licences import licences_in_words
from datagen.outputs.rejected import RejectedFile
from datagen.teachers import DOCUMENTATION
from rewardsvc.tasks import row_to_json


class Card:
    """``README.md``; a :class:`RecordSink`."""

    file = "README.md"

    def lines(self, data: DataSet) -> Iterable[str]:
        """Markdown."""
        accepted, decided = data.accepted, data.accepted + data.rejections
        rate = f"{accepted / decided:.0%}" if decided else "none"
        counts = Counter(row.split for row in data.rows)
        splits = [split for split in _SIDES if counts[split]] or ["train"]
        return [
            f"# {', '.join(data.categories)}: {len(data.rows)} verified instruction pairs",
            "",
            f"Instructions for infrastructure code of the {_named('category', data.categories)},"
            " each with a reference answer and with checks that pin what was asked for.",
            f"Sides: {', '.join(f'{counts[split]} {_SIDES[split]}' for split in splits)}.",
            *_apart(data),
            "",
            "## How it was made",
            "",
            f"By `{data.command}` with the {_named('teacher', data.teachers)} and the seed"
            f" {data.seed}."
            f"{_spent(data)}",
            *_begun(data),
            "Each answer was run through the verifiers that score completions (the format's own"
            " tools, in a sandbox). Kept is what earned full syntax and full correctness, all"
            f" checks included: {accepted} of {decided} ({rate}); the others are in"
            f" `{RejectedFile.file}`.",
            "The checks themselves are tested with mutants of the answer (docs/mutation.md): a pair"
            f" whose checks let more than {data.most_surviving:.0%} of them pass is among the"
            " others.",
            f"Digest of the toolchain: {_toolchains(data)}.",
            *(("", *(f"- {step}" for step in data.steps)) if data.steps else ()),
            "",
            "## Contents",
            "",
            f"| topic | format | {' | '.join(splits)} |",
            f"|---|---|{'---|' * len(splits)}",
            *_contents(data, splits),
            "",
            "## Licence",
            "",
            licences_in_words(data.teachers),
            *_example(data),
        ]


_SIDES = {
    "train": "pairs for training",
    "validation": "for validation",
    "test": "for tests",
}
"""Splits in the order of columns, and what their pairs are for."""


def _apart(data: DataSet) -> Iterable[str]:
    if DOCUMENTATION in data.teachers:
        yield f"A service of the teacher `{DOCUMENTATION}` is for tests alone, or never tested."


def _begun(data: DataSet) -> Iterable[str]:
    if data.command == "datagen evolve":
        yield (
            "Each pair was made by the teacher of verified pairs, which its provenance names, by"
            " one of the operators of docs/evolving.md; it is on their side, and its instruction"
            " shares less than 70% of its word 3-grams with any of theirs."
        )
    else:
        yield (
            "Each pair begins as a specification that is sampled from the typed space of a topic;"
            " no two specifications of a topic differ in fewer than two fields."
        )


def _named(what: str, names: Sequence[str]) -> str:
    """``the teacher `a```, ``the teachers `a`, `b```: the names in code."""
    several = f"{what.removesuffix('y')}ies" if what.endswith("y") else f"{what}s"
    return f"{what if len(names) == 1 else several} {', '.join(f'`{name}`' for name in names)}"


def _spent(data: DataSet) -> str:
    read, written = data.tokens
    return f" It read {read} and wrote {written} tokens." if read or written else ""


def _toolchains(data: DataSet) -> str:
    return ", ".join(f"`{digest}`" for digest in data.toolchains) or "none"


def _contents(data: DataSet, splits: Sequence[str]) -> Iterable[str]:
    cells = Counter((row.provenance["topic"], row.format, row.split) for row in data.rows)
    for topic, format in sorted({(topic, format) for topic, format, _ in cells}):
        numbers = (str(cells[topic, format, split]) for split in splits)
        yield f"| {topic} | {format} | {' | '.join(numbers)} |"


def _example(data: DataSet) -> Iterable[str]:
    for row in islice(data.rows, 1):
        shown = json.dumps(json.loads(row_to_json(row)), indent=2, ensure_ascii=False)
        yield from ("", "## A row", "", "```json", shown, "```")
