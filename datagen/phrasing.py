"""Words an instruction in varied, natural ways, deterministically from a random generator."""

import re
from random import Random

from datagen.brief import MARK, Brief

_WORDS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
)  # fmt: skip
_OPENINGS = (
    "Write {goal}.",
    "Create {goal}.",
    "Please write {goal}.",
    "I need {goal}.",
    "We need {goal}.",
    "Give me {goal}.",
    "Can you write {goal}?",
    "Could you put together {goal}?",
    "Provide {goal}.",
    "Draft {goal}.",
    "Our team needs {goal}.",
    "Help me with {goal}.",
)
_LIST_LEADS = ("Requirements:", "It has to meet the following:", "Details:", "What matters:")
_NOTE_LEADS = ("Requirements: ", "Spec: ", "Details: ", "With: ")
_CLOSINGS = ("", "", "", "Answer with the file only.", "One file is enough.", "Keep it minimal.")
_CLOSINGS_OF_SEVERAL = ("", "", "", "Answer with the files only.", "Keep them minimal.")


def word(brief: Brief, rng: Random, *, several: bool = False) -> str:
    """One instruction that says the goal and every need; ``several``: the answer has several files.

    ``rng`` chooses the opening, the register, the order, how names are quoted and whether small
    numbers are words or digits.
    """
    goal = rng.choice(brief.goal.sentences)
    opening = rng.choice(_OPENINGS).format(goal=goal)
    needs = list(brief.needs)
    rng.shuffle(needs)
    register = rng.choice(("prose", "prose", "list", "notes", "ticket"))
    if register == "prose":
        text = " ".join([opening, *(f"{rng.choice(each.sentences)}." for each in needs)])
    elif register == "list":
        points = [f"- {rng.choice(each.sentences)}" for each in needs]
        text = "\n".join([f"{opening} {rng.choice(_LIST_LEADS)}", *points])
    elif register == "notes":
        text = f"{opening} {rng.choice(_NOTE_LEADS)}{'; '.join(each.note for each in needs)}."
    else:
        points = [f"* {each.note}" for each in needs]
        text = "\n".join([f"{goal[0].upper()}{goal[1:]}:", *points])
    closing = rng.choice(_CLOSINGS_OF_SEVERAL if several else _CLOSINGS)
    if closing:
        text += ("\n" if register in ("list", "ticket") else " ") + closing
    return show(text, rng)


def unsaid(brief: Brief, instruction: str) -> list[str]:
    """The marked values of a brief that an instruction written by somebody else leaves out."""
    said = instruction.lower()
    phrases = [each.note for each in (brief.goal, *brief.needs)]
    marks = MARK.findall(" ".join(phrases))
    return sorted({value for kind, value in marks if not _says(said, kind, value.lower())})


def _says(text: str, kind: str, value: str) -> bool:
    forms = [re.escape(value)]
    if kind == "n" and int(value) < len(_WORDS):
        forms.append(_WORDS[int(value)])
    if kind == "s":
        forms.append(_spelled_size(value).replace(" ", r"\s?"))
    return any(re.search(rf"(?<!\w){form}(?!\w)", text) for form in forms)


def show(text: str, rng: Random) -> str:
    """A phrase with its marked values as ``rng`` has them look."""
    quote = rng.choice(("`", "`", "", "", '"'))
    in_words = rng.random() < 0.4
    spelled = rng.random() < 0.3

    def render(match: re.Match[str]) -> str:
        kind, value = match.groups()
        if kind == "l":
            return f"{quote}{value}{quote}"
        if kind == "n" and in_words and int(value) < len(_WORDS):
            return _WORDS[int(value)]
        if kind == "s" and spelled:
            return _spelled_size(value)
        return str(value)

    return MARK.sub(render, text)


def _spelled_size(value: str) -> str:
    """``16Gi`` as ``16 GiB`` (and ``16gi`` as ``16 gib``)."""
    return re.sub(
        r"^(\d+)([kmgt]i)$",
        lambda match: f"{match[1]} {match[2]}{'B' if match[2][0].isupper() else 'b'}",
        value,
        flags=re.IGNORECASE,
    )
