"""An evaluation in a folder of its own: any models on any tasks, each answer paid for once.

::

    evaluation.json    what is asked and how, and what came of each model
    asked.jsonl        the tasks, by what they are of
    eval/LABEL.{greedy,sampled}.jsonl   every answer with its whole verdict
    eval/journal.sqlite   what models behind an API were asked and answered
    eval.html eval.md focus.json

Models may be added later; what is asked stays.
"""

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from rewardsvc.program import run_until_stopped
from rewardsvc.progress import progress_on
from rewardsvc.tasks import TaskRow, row_to_json
from rl.data import Message
from rl.errors import InvalidRunDirectory
from rl.evaluation.answers import Evaluated, keep_scored, read
from rl.evaluation.asked import EvaluatedTask, asked_of, asked_to_json, read_asked
from rl.evaluation.endpoint import AskedModel, EndpointEvaluation, EndpointLimits
from rl.evaluation.journal import AnswerJournal
from rl.evaluation.retrieval import ExampleRetriever
from rl.evaluation.sampler import evaluate, refuse_all_unscored
from rl.evaluation.subject import Subject
from rl.evaluation.suite import Decoding, Suite
from rl.reward.scoring import ScoringThread
from rl.rollout.base import Sampler

EVALUATION_FILE = "evaluation.json"
ASKED_FILE = "asked.jsonl"
_FORM = 1


@dataclass(frozen=True, slots=True)
class EvaluationPlan:
    """What is asked. ``examples``: training rows to retrieve from; ``bench_only``: as of
    :func:`rl.evaluation.asked.asked_of`; ``version``: the benchmark's, "" where it is none."""

    suites: tuple[Suite, ...]
    examples: tuple[TaskRow, ...] = ()
    bench_only: Mapping[str, Sequence[str]] | None = None
    version: str = ""

    @property
    def tasks(self) -> tuple[TaskRow, ...]:
        """All that are asked."""
        return self.suites[0].held_out

    @property
    def identity(self) -> dict[str, object]:
        """What must not change between two starts."""
        return {
            "tasks": _digest(self.tasks),
            "examples": _digest(self.examples),
            "suites": [json.loads(suite.to_json()) for suite in self.suites],
        }


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """What is known of a subject besides its answers. ``weight_bytes``: of its weights in memory,
    ``peak_bytes``: what the GPU held at most; None where nobody measured. ``missing``: questions
    without an answer, by reason. ``left_out``: why it was not evaluated. ``identity``: which model
    its answers are of (:mod:`rl.evaluation.identity`)."""

    model: str
    quantization: str = ""
    examples: int = 0
    weight_bytes: int | None = None
    peak_bytes: int | None = None
    missing: Mapping[str, int] = field(default_factory=dict)
    left_out: str = ""
    identity: str = ""


@dataclass(frozen=True, slots=True)
class OpenedModel:
    """A model of this machine that is ready to be asked."""

    sampler: Sampler
    weight_bytes: int | None = None
    peak_bytes: Callable[[], int | None] = lambda: None


@dataclass(frozen=True, slots=True)
class EvaluationFolder:
    """A folder with an evaluation in it; :func:`open_evaluation` makes one."""

    folder: Path
    plan: EvaluationPlan

    def answers_file(self, label: str, decoding: Decoding) -> Path:
        """Where a subject's answers are."""
        return self.folder / "eval" / f"{label}.{decoding}.jsonl"

    def refuse_another(self, subject: Subject, identity: str) -> None:
        """Refuse a model that is called as another one whose answers are here.

        Raises:
            InvalidRunDirectory: it is such a one.
        """
        known = self.facts().get(subject.label)
        if known is None or known.identity == identity or not self._any_answers(subject.label):
            return
        raise InvalidRunDirectory(
            f"{self.folder}: the answers of {subject.label!r} are of {known.model}, and "
            f"{subject.model} is another model, asked otherwise, or changed since: evaluate it in "
            "a folder of its own (--out), and put the two side by side with `rl compare`"
        )

    def begin(self, subject: Subject, identity: str) -> None:
        """Keep whose answers are going to be here, before the first of them.

        Raises:
            InvalidRunDirectory: as of :meth:`refuse_another`.
        """
        self.refuse_another(subject, identity)
        known = self.facts().get(subject.label)
        if known is not None and known.identity == identity:
            return
        self.note(
            subject.label,
            SubjectFacts(
                model=subject.model,
                quantization=subject.quantization.value if subject.quantization else "",
                examples=subject.examples,
                identity=identity,
            ),
        )

    def _any_answers(self, label: str) -> bool:
        files = [self.answers_file(label, decoding) for decoding in Decoding]
        return any(file.is_file() and file.stat().st_size for file in files)

    def run(
        self,
        subject: Subject,
        scoring: ScoringThread,
        *,
        opened: Callable[[Subject], OpenedModel],
        deadline_seconds: float,
        limits: EndpointLimits,
        sends_temperature: bool = True,
    ) -> SubjectFacts:
        """Evaluate one subject; what is there already is neither asked nor scored again.

        Args:
            subject: who answers; it has begun (:meth:`begin`).
            scoring: who scores.
            opened: loads a model of this machine.
            deadline_seconds: for one verdict, or those of one batch.
            limits: how a service is asked.
            sends_temperature: False for models behind an API that take none.

        Raises:
            EndpointFailed: a model behind an API cannot be asked.
            TooManyUnscored: not one answer was scored.
            rewardsvc.program.Stopped: a signal came while a service was asked.
        """
        asks = self._asking(subject)
        facts = replace(self.facts()[subject.label], left_out="")
        missing = Counter[str]()
        ready: OpenedModel | None = None
        for suite in self.plan.suites:
            file = self.answers_file(subject.label, suite.decoding)
            kept = keep_scored(file)
            if len(kept) == len(suite.samples):
                continue
            print(f"evaluating {subject.label}, {suite.decoding}", file=sys.stderr, flush=True)
            if subject.api is not None:
                model = AskedModel(
                    subject.api,
                    suite.temperature if sends_temperature else None,
                    suite.max_completion_length,
                )
                with AnswerJournal(self.folder / "eval" / "journal.sqlite") as journal:
                    asking = EndpointEvaluation(
                        model,
                        asks,
                        journal,
                        scoring,
                        deadline_seconds=deadline_seconds,
                        limits=limits,
                    )
                    self._ask(asking, suite, kept, file)
                missing += asking.missing
                continue
            ready = ready or opened(subject)
            evaluate(
                ready.sampler,
                suite,
                scoring,
                file,
                deadline_seconds=deadline_seconds,
                asked=asks,
                timed=True,
            )
        facts = replace(facts, missing=dict(missing))
        if ready is None:
            return facts
        return replace(facts, weight_bytes=ready.weight_bytes, peak_bytes=ready.peak_bytes())

    def _ask(
        self, asking: EndpointEvaluation, suite: Suite, kept: Sequence[Evaluated], file: Path
    ) -> None:
        done = {(answer.task, answer.number) for answer in kept}
        wanted = [each for each in suite.samples if (each[0].id, each[1]) not in done]
        with progress_on(
            sys.stderr, "evaluation", len(suite.samples), already=len(done)
        ) as advance:
            given = run_until_stopped(asking.run(wanted, file, advance))
        refuse_all_unscored([*kept, *given])

    def _asking(self, subject: Subject) -> Callable[[TaskRow], Sequence[Message]]:
        retriever = ExampleRetriever(
            self.plan.examples if subject.examples else (), self.plan.suites[0].prompt
        )
        return lambda row: retriever.conversation(row, subject.examples)

    def facts(self) -> dict[str, SubjectFacts]:
        """What is known of each subject, by its label."""
        return read_evaluation(self.folder).subjects

    def note(self, label: str, facts: SubjectFacts) -> None:
        """Keep what is known of a subject."""
        subjects = {**self.facts(), label: facts}
        _write(self.folder, self.plan, subjects)

    def answers(self) -> dict[str, dict[Decoding, list[Evaluated]]]:
        """All answers by label and decoding, of the subjects in the order of their first start."""
        return answers_in(self.folder, self.facts())


@dataclass(frozen=True, slots=True)
class EvaluationRecord:
    """What ``evaluation.json`` says."""

    identity: Mapping[str, object]
    subjects: dict[str, SubjectFacts]
    version: str = ""
    form: int = _FORM


_RECORD = TypeAdapter(EvaluationRecord)


def read_evaluation(folder: Path) -> EvaluationRecord:
    """What an evaluation is of.

    Raises:
        InvalidRunDirectory: there is none in the folder.
    """
    file = folder / EVALUATION_FILE
    try:
        return _RECORD.validate_json(file.read_bytes())
    except OSError as error:
        raise InvalidRunDirectory(
            f"{folder}: holds no evaluation (no {EVALUATION_FILE}): `rl eval` makes one"
        ) from error
    except ValidationError as error:
        raise InvalidRunDirectory(f"{file}: not of an evaluation: {error}") from error


def tasks_in(folder: Path) -> dict[str, EvaluatedTask]:
    """The tasks of an evaluation by their ids.

    Raises:
        InvalidRunDirectory: there is none in the folder.
    """
    return read_asked(folder / ASKED_FILE)


def answers_in(
    folder: Path, subjects: Mapping[str, SubjectFacts]
) -> dict[str, dict[Decoding, list[Evaluated]]]:
    """The answers of subjects, by label and decoding."""
    found: dict[str, dict[Decoding, list[Evaluated]]] = {}
    for label in subjects:
        for decoding in Decoding:
            file = folder / "eval" / f"{label}.{decoding}.jsonl"
            if file.is_file():
                found.setdefault(label, {})[decoding] = read(file)
    return found


def open_evaluation(folder: Path, plan: EvaluationPlan) -> EvaluationFolder:
    """The evaluation in a folder: a new one, or one to go on with.

    Raises:
        InvalidRunDirectory: the folder holds an evaluation of something else, or no evaluation.
    """
    subjects: dict[str, SubjectFacts] = {}
    if (folder / EVALUATION_FILE).is_file():
        known = read_evaluation(folder)
        subjects = known.subjects
        now = plan.identity
        different = [key for key in now if known.identity.get(key) != now[key]]
        if different:
            raise InvalidRunDirectory(
                f"{folder}: holds an evaluation with other {', '.join(different)}; name another "
                "--out, or remove it to start anew"
            )
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidRunDirectory(
            f"{folder}: is neither empty nor an evaluation; name another --out"
        )
    (folder / "eval").mkdir(parents=True, exist_ok=True)
    asked = [asked_of(row, plan.bench_only) for row in plan.tasks]
    lines = "".join(f"{asked_to_json(task)}\n" for task in asked)
    (folder / ASKED_FILE).write_text(lines, encoding="utf-8", errors="replace")
    _write(folder, plan, subjects)
    return EvaluationFolder(folder, plan)


def _write(folder: Path, plan: EvaluationPlan, subjects: Mapping[str, SubjectFacts]) -> None:
    record = EvaluationRecord(plan.identity, dict(subjects), plan.version)
    new = folder / f".{EVALUATION_FILE}.new"
    new.write_text(json.dumps(asdict(record), indent=1) + "\n", encoding="utf-8")
    new.replace(folder / EVALUATION_FILE)


def _digest(rows: Sequence[TaskRow]) -> str:
    content = hashlib.sha256()
    for row in rows:
        content.update(row_to_json(row).encode("utf-8", "surrogatepass"))
    return content.hexdigest()
