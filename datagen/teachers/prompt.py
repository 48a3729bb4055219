"""What a language model is told when it is asked for a pair."""

from collections.abc import Iterator

from datagen.brief import plain
from datagen.evolution import Evolution
from datagen.record import Attempt, Record
from datagen.teachers.base import MAX_ADDED
from rewardsvc.formats import FORMATS

SYSTEM = (
    "You write training data for infrastructure code: one instruction, as an engineer would put "
    "it to a colleague, and the file that answers it. The instruction must state every "
    "requirement with its exact values, in words of your own. You may add up to "
    f"{MAX_ADDED} requirements that a careful engineer would have: state each in the instruction, "
    "meet it in the answer, and pin it with one of the checks that the reply's format knows; state "
    "no requirement beyond these. The answer is one complete file, or the files that are named, "
    "idiomatic and compact, that the format's own tools accept without a warning. No placeholders, "
    "no explanations, no code fences, no comments that restate the requirements. Reply with the "
    "JSON that was asked for."
)

_MOST_DIAGNOSTICS = 30


EVOLVE_SYSTEM = (
    "You write training data for infrastructure code: of pairs that are verified you make a new "
    "one, an instruction, as an engineer would put it to a colleague, and the file that answers "
    "it. The instruction must state every requirement with its exact values, and none that the "
    "answer does not meet. Pin requirements with checks that the reply's format knows; each check "
    "must be stated in the instruction and hold of the answer. The answer is one complete file, or "
    "the files that are named, idiomatic and compact, that the format's own tools accept without a "
    "warning. No placeholders, no explanations, no code fences, no comments that restate the "
    "requirements. Reply with the JSON that was asked for."
)


def system_of(record: Record) -> str:
    """The standing orders for a record."""
    return SYSTEM if record.evolution is None else EVOLVE_SYSTEM


def commission(record: Record) -> str:
    """The user's turn: what to build, and one wording of it as an example; or the pairs that a new
    one is to be made of, and how."""
    if record.evolution is not None:
        return _evolving(record, record.evolution)
    task = record.task
    lines = [f"The answer is {FORMATS[task.format].prompt}."]
    if task.files:
        lines.append(f"It consists of these files, each complete: {', '.join(task.files)}.")
    if record.brief is not None:
        goal, *needs = (plain(need.note) for need in (record.brief.goal, *record.brief.needs))
        lines += [
            f"Build: {goal}",
            "Requirements, all of which the instruction must state and the answer must meet:",
            *(f"- {need}" for need in needs),
        ]
    lines += record.guidance
    if task.input:
        lines += ["", "What is given with the instruction, word for word:", task.input]
    lines += ["", "One way to word the instruction (write a different one):", task.instruction]
    if record.attempts:
        lines += ["", *_again(record.attempts[-1])]
    return "\n".join(lines)


def _evolving(record: Record, evolution: Evolution) -> str:
    operator = evolution.operator
    lines = [f"The answer is {FORMATS[record.task.format].prompt}."]
    if record.task.files:
        lines.append(f"It consists of these files, each complete: {', '.join(record.task.files)}.")
    for number, pair in enumerate(evolution.parents, 1):
        lines += ["", f"Pair {number}. Its instruction:", pair.instruction, "", "Its answer:"]
        lines.append(pair.output)
    lines += ["", operator.prompt, *record.guidance]
    if operator.keeps and record.brief is not None:
        lines.append("The new instruction must still state, with the same values:")
        needs = (record.brief.goal, *record.brief.needs)
        lines += [f"- {plain(need.note)}" for need in needs]
    new = "of the requirements that are new" if operator.keeps else "of its requirements"
    lines.append(f"Give {operator.least} to {operator.most} checks {new}.")
    if record.attempts:
        lines += ["", *_again(record.attempts[-1])]
    return "\n".join(lines)


def _again(attempt: Attempt) -> Iterator[str]:
    """What became of the answer before."""
    if attempt.completion:
        yield "You were asked this before. Your instruction was:"
        yield attempt.instruction
        yield "Your answer was:"
        yield attempt.completion
    else:
        yield "You were asked this before, and your reply could not be used."
    yield f"It was rejected: {attempt.reason}"
    yield from (f"- {line}" for line in attempt.diagnostics[:_MOST_DIAGNOSTICS])
    yield (
        "Mend that and reply with the whole JSON again. Keep the instruction word for word unless "
        "it is what is wrong."
    )
