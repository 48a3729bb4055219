"""Candidates as records: the task in words, the files as its answer, and where they come from."""

import hashlib
import json
from dataclasses import replace

from datagen.record import Record
from datagen.sources.collected.gathering import Candidate
from datagen.sources.collected.paths import CATEGORY_OF
from datagen.topic import rendered
from rewardsvc.leaning import leaned_on
from rewardsvc.types import JsonValue, Task


def record_of_candidate(candidate: Candidate, provider: str) -> Record:
    """The record, answered already. Pure.

    Raises:
        ValueError: a path is one that extraction would refuse.
    """
    unit = candidate.unit
    several = len(unit.files) > 1
    answer = rendered(unit.format, unit.files if several else next(iter(unit.files.values())))
    task = Task(
        category=CATEGORY_OF[unit.format],
        format=unit.format,
        instruction=candidate.wording.instruction,
        files=tuple(unit.files) if several else (),
        checks=candidate.wording.checks,
    )
    provenance: dict[str, JsonValue] = {
        "source": provider,
        "repository": candidate.repository,
        "page": candidate.page,
        "commit": candidate.commit,
        "path": unit.path,
        "licence": candidate.licence,
        "quality": candidate.quality,
        "instruction": "told from names and values in the files; no model or person worded it",
    }
    named = json.dumps([candidate.repository, unit.path, unit.files])
    return Record(
        id=f"{unit.format}-{hashlib.sha256(named.encode()).hexdigest()[:12]}",
        source=candidate.repository,
        task=replace(task, means=leaned_on(task, answer)),
        completion=answer,
        provenance=provenance,
    )
