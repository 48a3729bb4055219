"""What a judge is measured on: answers of which the tools know whether they are good. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from rewardsvc.audit.mutation.measure import plan_of
from rewardsvc.audit.mutation.mutant import Mutant
from rewardsvc.errors import InvalidFile
from rewardsvc.tasks import TaskRow
from rewardsvc.types import ScoreRequest, Status, Task, Verdict


class Truth(StrEnum):
    """What the tools say of an answer."""

    GOOD = "good"
    """Syntax and correctness are full: every check holds."""
    BAD = "bad"
    """Something is wrong with it."""


@dataclass(frozen=True, slots=True)
class Example:
    """One answer to be judged.

    ``group`` names its task: answers of one group may be compared. ``expected`` is what it was
    made to be, None where nobody made it. ``about`` says what a mutant changed.
    """

    id: str
    group: str
    task: Task
    completion: str
    expected: Truth | None = None
    about: str = ""

    @property
    def category(self) -> str:
        """What figures are given for: the category, or the format where there is none."""
        return self.task.category or self.task.format

    @property
    def request(self) -> ScoreRequest:
        """What the tools are asked."""
        return ScoreRequest(id=self.id, task=self.task, completion=self.completion)


def examples_of_rows(rows: Iterable[TaskRow], mutants: int, seed: int) -> list[Example]:
    """The reference of each row and so many of its mutants, of as many kinds as there are.

    A row without checks or without a reference gives none: tools could not tell right from wrong.
    """
    examples = []
    for row in rows:
        if not row.checks or not row.output:
            continue
        examples.append(Example(f"{row.id}#reference", row.id, row.task, row.output, Truth.GOOD))
        chosen = _varied(plan_of(row).counted, mutants, Random(f"{seed}/{row.id}"))
        examples += [
            Example(
                f"{row.id}#{number}", row.id, row.task, mutant.completion, Truth.BAD, str(mutant)
            )
            for number, mutant in enumerate(chosen, start=1)
        ]
    return examples


def examples_of_requests(requests: Iterable[ScoreRequest]) -> list[Example]:
    """Completions that somebody gave, of tasks that have checks.

    Raises:
        InvalidFile: two have the same id.
    """
    examples: list[Example] = []
    seen: set[str] = set()
    for number, request in enumerate(requests, start=1):
        if not request.task.checks:
            continue
        id = request.id or str(number)
        if id in seen:
            raise InvalidFile(f"the id {id!r} occurs twice: figures need one for each completion")
        seen.add(id)
        group = repr(request.task)
        examples.append(Example(id, group, request.task, request.completion))
    return examples


def truth_of(example: Example, verdict: Verdict) -> Truth | None:
    """What the tools say; None where they say nothing that a judge could be measured by.

    That is: no verdict, a completion without a file, and an answer of which the tools think
    otherwise than what it was made for (a reference that does not hold, a mutant that survives).
    """
    if verdict.status is Status.UNSCORED or verdict.components is None:
        return None
    if len(verdict.stages) == 1:
        return None  # nothing but the fences: there is no file in it
    components = verdict.components
    full = components.syntax == 1.0 and components.correctness == 1.0
    truth = Truth.GOOD if full else Truth.BAD
    return truth if example.expected in (None, truth) else None


def pairs_of(
    truths: Mapping[str, Truth], examples: Sequence[Example], per_group: int
) -> list[tuple[Example, Example]]:
    """Pairs of a good and a bad answer to the same task, so many of each task at most."""
    groups: dict[str, dict[Truth, list[Example]]] = defaultdict(lambda: defaultdict(list))
    for example in examples:
        if example.id in truths:
            groups[example.group][truths[example.id]].append(example)
    return [
        (good, bad)
        for group in groups.values()
        for good in group[Truth.GOOD][:1]
        for bad in group[Truth.BAD][:per_group]
    ]


def _varied(mutants: Sequence[Mutant], count: int, random: Random) -> list[Mutant]:
    """A sample in which no kind comes a second time before each has come once."""
    kinds: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in random.sample(list(mutants), len(mutants)):
        kinds[mutant.kind].append(mutant)
    order = random.sample(sorted(kinds), len(kinds))
    rounds = max(map(len, kinds.values()), default=0)
    turns = [
        kinds[kind][turn] for turn in range(rounds) for kind in order if turn < len(kinds[kind])
    ]
    return turns[:count]
