"""Edits of verified rows: what a row's answer is, and what it is to become."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random

from datagen.record import Attempt, Record
from datagen.sources.topics import Kept
from datagen.sources.verified import kept_of
from datagen.topic import Topic, as_json, with_paths
from datagen.variants import request, spec_of, variants, wishes
from rewardsvc.extract import extract
from rewardsvc.formats import FORMATS
from rewardsvc.leaning import leaned_on
from rewardsvc.tasks import TaskRow
from rewardsvc.types import Check, JsonValue

_UNPLANNED = frozenset({"region"})
"""What is the provider's: no plan shows that what stands would have to move."""


_HELD = "test"
"""The side of the benchmark's rows."""

_RESOURCE = re.compile(r'^resource "(\w+)" "(\w+)"', re.MULTILINE)


class EditSource:
    """Edits of the rows of one topic, one of each at most; a :class:`RecordSource`.

    Each record's answer is the reference of a specification that differs from its row's in one
    value or two and that no row has. What is kept for the benchmark becomes of its own rows alone.
    """

    def __init__(
        self,
        topic: Topic[object],
        rows: Sequence[TaskRow],
        *,
        prefix: str,
        seed: int,
        taken: Collection[str],
    ) -> None:
        """``prefix``: of the records' ids; ``taken``: specifications of rows (:func:`written`)."""
        self.name = topic.name
        self.format = topic.format
        self._topic = topic
        self._prefix = prefix
        self._seed = seed
        self._taken = taken
        self._kept = {category: Kept(category, topic) for category in {r.category for r in rows}}
        self._records: list[Record] = []
        self._made = self._edits(rows)

    def record(self, index: int) -> Record | None:
        """See :class:`RecordSource`: None behind the last row that can be edited."""
        while len(self._records) <= index:
            following = next(self._made, None)
            if following is None:
                return None
            self._records.append(following)
        return self._records[index]

    def _edits(self, rows: Sequence[TaskRow]) -> Iterator[Record]:
        for row in rows:
            if (record := self._edit(row)) is not None:
                yield record

    def _edit(self, row: TaskRow) -> Record | None:
        """The first variant that can be asked for in a few words and gives another answer."""
        spec = spec_of(self._topic, row.provenance.get("spec"))
        files = files_of(row)
        if spec is None or files is None:
            return None
        place = f"{self._seed}/{row.id}"
        before = self._topic.brief(spec)
        kept = self._kept[row.category]
        of_bench = row.split == _HELD and spec in kept
        for variant in variants(self._topic, spec, f"{place}/variant"):
            wished = wishes(before, self._topic.brief(variant.spec))
            if FORMATS[row.format].edits and not _UNPLANNED.isdisjoint(variant.fields):
                continue
            if not wished or written(as_json(variant.spec)) in self._taken:
                continue
            if variant.spec in kept and not of_bench:
                continue
            posed = self._topic.pose(row.category, variant.spec, Random(0))
            after = extract(posed.reference, posed.task, FORMATS[row.format].verifier).artifact
            if after is None or {each.path: each.text for each in after.files} == files:
                continue
            answered = {each.path: each.text for each in after.files}
            if FORMATS[row.format].edits and renames(files, answered):
                continue
            if posed.task.input != row.input:  # what is given is another thing, and not the answer
                continue
            task = replace(
                posed.task,
                instruction=request(wished, Random(f"{place}/words")),
                input="\n\n".join(filter(None, (row.input, with_paths(row.format, files)))),
                means=leaned_on(posed.task, posed.reference),
                checks=weighted(before.checks, posed.task.checks),
                before=files if FORMATS[row.format].edits else {},
            )
            return Record(
                id=f"{self._prefix}{row.id}",
                source=self.name,
                task=task,
                reference=posed.reference,
                attempts=(
                    Attempt(
                        instruction=task.instruction,
                        completion=row.output,
                        reason="nothing was changed",
                    ),
                ),
                provenance=kept_of(row) | {"edit": {"fields": list(variant.fields)}},
            )
        return None


def renames(before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    """Whether resources of a type have other labels: nobody could tell which ones are asked for,
    and under its old label the same resource is another one to a plan."""
    stood, stands = _labels(before), _labels(after)
    return any(
        stood[type] - stands[type] and stands[type] - stood[type] for type in stood.keys() & stands
    )


def _labels(files: Mapping[str, str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for text in files.values():
        for type, label in _RESOURCE.findall(text):
            found.setdefault(type, set()).add(label)
    return found


def weighted(before: Sequence[Check], after: Sequence[Check]) -> tuple[Check, ...]:
    """The checks of an edit: those that are new in it count as much together as all the others,
    which hold of what stands already."""
    new = [each for each in after if each not in before]
    kept = sum(each.weight for each in after if each in before)
    raised = max(1.0, kept / sum(each.weight for each in new)) if new else 1.0
    return tuple(
        replace(each, weight=round(each.weight * raised, 3)) if each in new else each
        for each in after
    )


def files_of(row: TaskRow) -> dict[str, str] | None:
    """The files of a row's answer by their paths; None where there is none."""
    artifact = extract(row.output, row.task, FORMATS[row.format].verifier).artifact
    return None if artifact is None else {each.path: each.text for each in artifact.files}


def written(spec: Mapping[str, JsonValue]) -> str:
    """A specification as a text that equal ones share."""
    return json.dumps(spec, sort_keys=True)
