"""The files of a data set (tasks, rejected pairs, card), each written whole or not at all."""

import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from datagen.balance import quotas, rounds, split_of
from datagen.decision import MAX_SURVIVING, Decision
from datagen.errors import OutputUnusable
from datagen.pipeline import Progress
from datagen.stream import Candidate
from rewardsvc.tasks import TaskRow, row_to_json
from rewardsvc.types import JsonValue

TASKS, REJECTED, CARD = "tasks.jsonl", "rejected.jsonl", "README.md"


def rows_of(topics: Sequence[Progress], *, count: int, teacher: str, seed: int) -> list[TaskRow]:
    """The rows of a data set, topics taking turns."""
    accepted = [progress.accepted for progress in topics]
    shares = [
        min(share, len(pairs))
        for share, pairs in zip(
            quotas(count, [progress.limit for progress in topics]), accepted, strict=True
        )
    ]
    return [
        _row(*accepted[topic][position], position, teacher, seed)
        for topic, position in rounds(shares)
    ]


def _row(
    candidate: Candidate, decision: Decision, position: int, teacher: str, seed: int
) -> TaskRow:
    posed = candidate.posed.with_checks(decision.checks)
    provenance: dict[str, JsonValue] = {
        "topic": posed.topic,
        "spec": posed.spec,
        "teacher": teacher,
        "seed": seed,
    }
    if decision.output_tokens:
        provenance["input_tokens"] = decision.input_tokens
        provenance["output_tokens"] = decision.output_tokens
    if decision.rating:
        provenance["rating"] = dict(decision.rating)
    return TaskRow.of(
        posed.asked(decision.instruction, decision.means),
        id=posed.id,
        output=decision.output,
        split=split_of(position),
        provenance=provenance,
    )


def write_dataset(
    folder: Path,
    category: str,
    rows: Sequence[TaskRow],
    topics: Sequence[Progress],
    *,
    teacher: str,
    seed: int,
) -> Path:
    """Write the three files; gives the path of tasks.jsonl.

    Raises:
        OutputUnusable: the folder cannot be written.
    """
    rejected = [each for progress in topics for each in progress.rejected]
    tasks = folder / TASKS
    _replace(tasks, (row_to_json(row) for row in rows))
    _replace(folder / REJECTED, (_rejected(candidate, each) for candidate, each in rejected))
    _replace(folder / CARD, [_card(category, rows, topics, teacher, seed)])
    return tasks


def _rejected(candidate: Candidate, decision: Decision) -> str:
    posed = candidate.posed
    return json.dumps(
        {
            "id": posed.id,
            "category": posed.task.category,
            "format": posed.task.format,
            "topic": posed.topic,
            "instruction": decision.instruction,
            "output": decision.output,
            "reason": decision.reason,
            "reward": decision.reward,
            "diagnostics": list(decision.diagnostics),
        },
        ensure_ascii=False,
    )


def _replace(path: Path, lines: Iterable[str]) -> None:
    """Write a file beside its place and move it there: readers see the old or the new one."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="\n", dir=path.parent / ".state", delete=False
        ) as file:
            try:
                file.writelines(f"{line}\n" for line in lines)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).chmod(0o644)
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise OutputUnusable(f"{path}: cannot be written: {error.strerror}") from error


def _card(
    category: str, rows: Sequence[TaskRow], topics: Sequence[Progress], teacher: str, seed: int
) -> str:
    accepted = sum(len(progress.accepted) for progress in topics)
    decided = accepted + sum(len(progress.rejected) for progress in topics)
    rate = f"{accepted / decided:.0%}" if decided else "none"
    digests = sorted(
        {each.toolchain for progress in topics for _, each in progress.accepted if each.toolchain}
    )
    splits = Counter(row.split for row in rows)
    cells = Counter((row.provenance["topic"], row.format, row.split) for row in rows)
    table = [
        f"| {topic} | {format} | {cells[topic, format, 'train']} | {cells[topic, format, 'test']} |"
        for topic, format in sorted({(topic, format) for topic, format, _ in cells})
    ]
    tokens = [
        sum(each.input_tokens for progress in topics for each in progress.decisions),
        sum(each.output_tokens for progress in topics for each in progress.decisions),
    ]
    spent = f" It read {tokens[0]} and wrote {tokens[1]} tokens." if any(tokens) else ""
    example = [
        line
        for row in rows[:1]
        for line in (
            "",
            "## A row",
            "",
            "```json",
            json.dumps(json.loads(row_to_json(row)), indent=2, ensure_ascii=False),
            "```",
        )
    ]
    return "\n".join(
        [
            f"# {category}: {len(rows)} verified instruction pairs",
            "",
            f"Instructions for infrastructure code of the category `{category}`, each with a"
            " reference answer and with checks that pin what was asked for.",
            f"{splits['train']} pairs are for training and {splits['test']} are held out.",
            "",
            "## How it was made",
            "",
            f"By `datagen synth` with the teacher `{teacher}` and the seed {seed}.{spent}",
            "Each pair begins as a specification that is sampled from the typed space of a topic;"
            " no two specifications of a topic differ in fewer than two fields.",
            "Each answer was run through the verifiers that score completions (the format's own"
            " tools, in a sandbox). Kept is what earned full syntax and full correctness, all"
            f" checks included: {accepted} of {decided} ({rate}); the others are in `{REJECTED}`.",
            "The checks themselves are tested with mutants of the answer (docs/mutation.md): a pair"
            f" whose checks let more than {MAX_SURVIVING:.0%} of them pass is among the others.",
            f"Digest of the toolchain: {', '.join(f'`{each}`' for each in digests) or 'none'}.",
            "",
            "## Contents",
            "",
            "| topic | format | train | test |",
            "|---|---|---|---|",
            *table,
            "",
            "## Licence",
            "",
            "The pairs of the built-in teacher are under the Apache License 2.0, as the project"
            " is. For pairs that a model wrote, the terms of its provider hold, too.",
            *example,
        ]
    )
