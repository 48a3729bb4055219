"""What is wanted of a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from datagen.diversity import Taxonomy
from datagen.outputs.exports.settings import Export
from datagen.pipeline.curating import NO_CURATION, Curation
from datagen.pipeline.evolving import EvolvedFrom
from datagen.portion import Portion
from datagen.recipe import Recipe, fingerprint, portions_of
from datagen.recipe.sections import Coverage
from datagen.stages.strength import MAX_SURVIVING
from rewardsvc.focus import NO_FOCUS, Focus
from rewardsvc.types import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """``command``: as the data-set card names it. ``belongs``: what the folder's rows depend on;
    with another one it is refused. ``formerly``: what a former version has among that. ``server``:
    who scores; this process where None. ``curation``: what is done with the rows together.
    ``repair_turns``: how often a model may mend an answer. ``batch``: whether teachers are asked in
    batches. ``budget``: US dollars, of all that the folder's teachers and judges are ever asked;
    None for no end. ``export``: what is written into the folder's
    ``export``. ``teacher_timeout``: seconds that one answer may take. ``shrink``: whether fewer
    rows may replace those that are there. ``most_surviving``: the share of mutants of an answer
    that its checks may let pass. ``metrics``: ``host:port`` where Prometheus may ask how the run
    gets on; "" for nowhere. ``taxonomy``: what models' prompts are drawn from. ``focus``: of what
    there is to be more. ``coverage``: where it says what is covered already.
    ``evolved``: the rows that all of it is made of, where that is so.
    ``cluster``: the address of the Ray cluster whose machines work, "" for the one there is; None
    for this process.
    """

    command: str
    portions: Sequence[Portion]
    seed: int
    folder: Path
    belongs: Mapping[str, JsonValue]
    server: str | None = None
    concurrency: int = 4
    teacher_timeout: float = 120.0
    shrink: bool = False
    metrics: str = ""
    cluster: str | None = None
    repair_turns: int = 0
    batch: bool = False
    budget: float | None = None
    export: Export | None = None
    taxonomy: Taxonomy | None = None
    focus: Focus = NO_FOCUS
    coverage: Coverage | None = None
    evolved: EvolvedFrom | None = None
    curation: Curation = NO_CURATION
    formerly: Mapping[str, JsonValue] = field(default_factory=dict)
    most_surviving: float = MAX_SURVIVING

    @property
    def count(self) -> int:
        """Pairs of all portions."""
        return sum(portion.count for portion in self.portions)


def wanted_of(
    recipe: Recipe,
    folder: Path,
    *,
    judges: Sequence[str] = (),
    server: str | None = None,
    shrink: bool = False,
    metrics: str = "",
    focus: Focus = NO_FOCUS,
    cluster: str | None = None,
    batch: bool | None = None,
) -> Wanted:
    """What a recipe asks for, in a folder. ``judges``: who rates, the recipe's or the settings'.
    ``batch``: goes before the recipe's.

    Raises:
        WrongUsage: the focus leaves nothing of it.
    """
    belongs = fingerprint(recipe)
    return Wanted(
        command="datagen run",
        portions=[portion for portion in portions_of(recipe, focus) if portion.count],
        seed=recipe.seed,
        folder=folder,
        belongs={**belongs, "judge": list(judges), **focus_belongs(focus)},
        formerly={} if "taxonomy" in belongs else {"taxonomy": None},
        server=server,
        concurrency=recipe.concurrency,
        teacher_timeout=recipe.teacher_timeout,
        shrink=shrink,
        metrics=metrics,
        cluster=cluster,
        repair_turns=recipe.repair_turns,
        batch=recipe.batch if batch is None else batch,
        budget=recipe.budget,
        export=recipe.export,
        taxonomy=recipe.taxonomy,
        focus=focus,
        coverage=recipe.coverage,
        curation=Curation(
            deduplicate=recipe.deduplicate,
            decontaminate=recipe.decontaminate,
            split=recipe.split,
        ),
    )


def focus_belongs(focus: Focus) -> dict[str, JsonValue]:
    """What a folder's rows depend on for a focus; nothing without one."""
    said = [each.model_dump(exclude_none=True) for each in focus.weights]
    return {"focus": said} if said else {}
