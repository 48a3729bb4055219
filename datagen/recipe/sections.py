"""Every key of a recipe: type, default and meaning."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from datagen.categories import CATEGORIES
from datagen.curation import Decontamination, Deduplication, Splitting
from datagen.diversity import Taxonomy
from datagen.errors import WrongUsage
from datagen.outputs.exports.settings import Export
from datagen.sources.documentation import DOCUMENTED
from datagen.teachers import DOCUMENTATION, teacher_named
from datagen.topic import BENCH_ONLY
from rewardsvc.llm import ModelName
from rewardsvc.nearest import nearest

_FROZEN = ConfigDict(extra="forbid", frozen=True)

Share = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class CategoryShare(BaseModel):
    """How much of a data set is of a category; in a recipe a bare number is its share.

    ``share``: a weight beside those of the other categories. ``count``: so many pairs instead.
    ``topics``: only these; all of the category where none is named. The documentation teacher has
    others, and is not named beside them.
    """

    model_config = _FROZEN

    share: Share = 1.0
    count: int | None = Field(default=None, ge=1)
    topics: tuple[str, ...] = ()


class Coverage(BaseModel):
    """What is covered already: empty cells of the taxonomy, and topics with few rows, come first.

    ``ledger``: a file that runs share; each enters what it came to. ``folders``: data sets whose
    rows count, too.
    """

    model_config = _FROZEN

    ledger: Path | None = None
    folders: tuple[Path, ...] = ()

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.ledger is None and not self.folders:
            raise ValueError("names neither a ledger nor folders")
        return self


def _as_section(value: Any) -> Any:
    return {"share": value} if isinstance(value, int | float) else value


class Recipe(BaseModel):
    """A data set. Equal recipes give equal rows.

    ``count``: verified pairs that are wanted, those of categories with a ``count`` of their own
    included. ``teachers``: names with their weights, as ``--teacher`` has them. ``judge``: models
    that have to rate a pair well, too. ``repair_turns``: how often a model is told what the tools
    say of its answer. ``batch``: whether models that write are asked in batches. ``budget``: US
    dollars that teachers and judges may cost at most, over all runs in the folder.
    ``deduplicate``: null leaves repeated rows in. ``export``: shapes that are written beside the
    rows; no bounds of a pass rate, which a run's rows do not say. ``taxonomy``: what models'
    prompts are drawn from; null draws nothing. ``coverage``: what is covered already.
    ``concurrency``: pairs that are asked for and verified at once.
    """

    model_config = _FROZEN

    seed: int = 0
    count: int | None = Field(default=None, ge=1)
    categories: dict[str, Annotated[CategoryShare, BeforeValidator(_as_section)]]
    teachers: dict[str, Share] = Field(default={"builtin": 1.0})
    judge: tuple[str, ...] = ()
    deduplicate: Deduplication | None = Deduplication()
    decontaminate: Decontamination | None = None
    split: Splitting = Splitting()
    export: Export | None = None
    taxonomy: Taxonomy | None = Taxonomy()
    coverage: Coverage | None = None
    repair_turns: int = Field(default=0, ge=0, le=3)
    batch: bool = False
    budget: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    teacher_timeout: float = Field(default=120.0, gt=0, allow_inf_nan=False)
    concurrency: int = Field(default=4, ge=1)

    @field_validator("categories")
    @classmethod
    def _known(cls, categories: dict[str, CategoryShare]) -> dict[str, CategoryShare]:
        if not categories:
            raise ValueError(f"names none; there are {', '.join(sorted(CATEGORIES))}")
        for name, wanted in categories.items():
            if name not in CATEGORIES:
                there = f"there is no such category{nearest(name, CATEGORIES)}"
                raise _wrong(name, there)
            topics = [topic.name for topic in CATEGORIES[name].taught]
            for topic in wanted.topics:
                if topic in {each.name for each in CATEGORIES[name].topics} - set(topics):
                    raise _wrong(f"{name}.topics", f"{topic!r} is {BENCH_ONLY}")
                if topic not in topics:
                    there = f"{name} has no topic {topic!r}{nearest(topic, topics)}"
                    raise _wrong(f"{name}.topics", there)
        return categories

    @field_validator("decontaminate")
    @classmethod
    def _compared(cls, wanted: Decontamination | None) -> Decontamination | None:
        if wanted is not None and not wanted.against:
            raise ValueError("against: names no file, so that there is nothing to compare with")
        return wanted

    @field_validator("teachers")
    @classmethod
    def _teachers_named(cls, teachers: dict[str, float]) -> dict[str, float]:
        if not teachers:
            raise ValueError("names none; builtin needs no model")
        for name in teachers:
            try:
                teacher_named(name)
            except WrongUsage as error:
                raise _wrong(name, str(error).removeprefix("--teacher: ")) from error
        return teachers

    @field_validator("judge")
    @classmethod
    def _judges_named(cls, judges: tuple[str, ...]) -> tuple[str, ...]:
        for name in judges:
            ModelName.parse(name)
        return judges

    @field_validator("export")
    @classmethod
    def _told_by_rows(cls, wanted: Export | None) -> Export | None:
        if wanted is not None and wanted.pass_rate is not None:
            words = (
                "the rows of a run say none: measure them with `datagen difficulty`, and write "
                "them with `datagen export --pass-rate`"
            )
            raise _wrong("pass_rate", words)
        return wanted

    @model_validator(mode="after")
    def _all_taught(self) -> Self:
        for category in self.categories:
            if not teachers_of(category, self.teachers):
                raise ValueError(
                    f"teachers: nobody is there for {category}; {DOCUMENTATION} knows {DOCUMENTED} "
                    "alone"
                )
        return self

    @model_validator(mode="after")
    def _topics_of_all(self) -> Self:
        for category, wanted in self.categories.items():
            if wanted.topics and DOCUMENTATION in teachers_of(category, self.teachers):
                raise ValueError(
                    f"categories.{category}.topics: {DOCUMENTATION} among the teachers has topics "
                    "of its own and none of these: leave topics out, or the teacher"
                )
        return self

    @model_validator(mode="after")
    def _counted(self) -> Self:
        fixed = [each.count for each in self.categories.values() if each.count is not None]
        if self.count is None and len(fixed) < len(self.categories):
            raise ValueError("count: how many pairs are wanted? A category may have its own count")
        if self.count is not None and sum(fixed) > self.count:
            raise ValueError(f"count: is {self.count}, but categories ask for {sum(fixed)}")
        return self


def teachers_of(category: str, teachers: Mapping[str, float]) -> dict[str, float]:
    """Those who know a category, with their weights."""
    return {
        name: weight
        for name, weight in teachers.items()
        if name != DOCUMENTATION or category == DOCUMENTED
    }


def _wrong(key: str, words: str) -> PydanticCustomError:
    return PydanticCustomError("no_such_name", "{words}", {"key": key, "words": words})
