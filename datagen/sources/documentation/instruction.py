"""Words a whole request: voices that differ in length and precision. Pure.

Every clause is said in each voice, so that the checks can be answered from any of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from datagen.brief import lit
from datagen.phrasing import show
from datagen.sources.documentation.wording import Told, article


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: the target, the resources beside it, for which project and where."""

    target: Told
    others: tuple[Told, ...]
    project: str
    region: str


_OPENINGS = (
    "Write Terraform for {}.", "I need Terraform for {}.", "With Terraform, please set up {}.",
    "Could you put together the Terraform for {}?", "We need Terraform code for {}.",
    "In Terraform, create {}.", "Help me write the Terraform for {}.",
    "Our {project} team needs {}; Terraform, please.", "Add to our Terraform: {}.",
)  # fmt: skip
_REGIONS = (
    "Everything lives in {}.", "The region is {}.", "Deploy to {}.", "Use region {}.",
    "The provider should be set to {}.",
)  # fmt: skip
_BESIDE = ("It needs {}.", "Alongside it, create {}.", "It goes with {}.", "That takes {}.")
_CLOSINGS = ("", "", "", "One file, please.", "Just the configuration.", "Keep it to one file.")


def titled(told: Told) -> str:
    """A resource as the subject of a request, with its type: what is asked for must be plain."""
    called = f" called {lit(told.called)}" if told.called else ""
    return f"{article(told.kind)}{called} ({lit(told.type)})"


def whole(told: Told) -> str:
    """A resource with all that is asked of it."""
    called = f" {lit(told.called)}" if told.called else ""
    type = "" if told.plain else f" ({lit(told.type)})"
    return f"{article(told.kind)}{called}{type}{_with(told)}"


def _with(told: Told) -> str:
    """ " with a, b and c"; what does not go with "with" stands first."""
    clauses = [clause.text for clause in told.clauses]
    free = [each for each in clauses if each.startswith(_FREE)]
    rest = [each for each in clauses if not each.startswith(_FREE)]
    said = "".join(f" {each}" for each in free[:1]) + "".join(f", {each}" for each in free[1:])
    if rest:
        said += f"{',' if free else ''} with {listed(rest)}"
    return said


_FREE = ("in ", "using ", "that ", "described as ", "for ", "on ")
"""Beginnings of clauses that need no "with"."""


def listed(items: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``; with semicolons where an item has commas of its own."""
    if len(items) < 2:
        return "".join(items)
    comma = "; " if any("," in item for item in items) else ", "
    return f"{comma.join(items[:-1])}{';' if comma == '; ' else ''} and {items[-1]}"


def instruct(request: Request, rng: Random) -> str:
    """One wording of a request; ``rng`` chooses the voice, its phrases and how values look."""
    voice: Callable[[Request, Random], str] = rng.choice(
        (_prose, _prose, _bullets, _ticket, _terse, _follow_up)
    )
    return show(voice(request, rng), rng)


def _prose(request: Request, rng: Random) -> str:
    target = request.target
    few = len(target.clauses) <= 3
    goal = f"{titled(target)}{_with(target) if few else ''}"
    said = [rng.choice(_OPENINGS).format(goal, project=request.project)]
    if not few:
        lead = rng.choice(("Settings", "Its settings", f"The {target.kind}", "Specifically"))
        said.append(f"{lead}: {'; '.join(clause.text for clause in target.clauses)}.")
    said += _beside(request, rng)
    said.append(rng.choice(_REGIONS).format(lit(request.region)))
    said.append(rng.choice(_CLOSINGS))
    return " ".join(each for each in said if each)


def _beside(request: Request, rng: Random) -> list[str]:
    short = [each for each in request.others if len(each.clauses) <= 1]
    long = [each for each in request.others if len(each.clauses) > 1]
    said = [rng.choice(_BESIDE).format(listed([whole(each) for each in short]))] if short else []
    return [*said, *(f"Also {whole(each)}." for each in long)]


def _points(request: Request) -> list[str]:
    own = [clause.text for clause in request.target.clauses]
    return [*own, *(whole(each) for each in request.others)]


def _bullets(request: Request, rng: Random) -> str:
    opening = rng.choice(_OPENINGS).format(titled(request.target), project=request.project)
    lead = rng.choice(("Details:", "Requirements:", "What it should look like:", ""))
    points = [*_points(request), f"region {lit(request.region)}"]
    closing = rng.choice(_CLOSINGS)
    lines = [f"{opening} {lead}".rstrip(), *(f"- {point}" for point in points)]
    return "\n".join([*lines, closing] if closing else lines)


def _ticket(request: Request, rng: Random) -> str:
    target = request.target
    head = rng.choice(
        (
            f"{request.project.upper()}-{rng.randint(100, 9999)}: {target.kind}",
            f"Task: provision {article(target.kind)} for {request.project}",
            f"[infra] {target.kind} for the {request.project} service",
        )
    )
    goal = f"{titled(target)}, in {lit(request.region)}"
    points = [goal, *_points(request)]
    label = rng.choice(("Scope", "Acceptance criteria", "To do", "Terraform needed"))
    return "\n".join([head, "", f"{label}:", *(f"* {point}" for point in points)])


def _terse(request: Request, rng: Random) -> str:
    points = "; ".join(_points(request))
    lead = rng.choice(("Terraform", "tf config", "HCL", "Terraform AWS"))
    return (
        f"{lead}, {lit(request.region)}: {titled(request.target)}{'; ' if points else ''}{points}"
    )


def _follow_up(request: Request, rng: Random) -> str:
    goal = f"{titled(request.target)}{_with(request.target)}"
    lead = rng.choice(
        (
            f"Next up for {request.project}, as Terraform for {lit(request.region)}: {goal}.",
            f"Following the review of the {request.project} setup in {lit(request.region)}, the"
            f" Terraform still lacks {goal}.",
            f"Thanks for the last change. For {request.project}, again in Terraform and in"
            f" {lit(request.region)}, we now also want {goal}.",
        )
    )
    return " ".join([lead, *_beside(request, rng)])
