"""What can be chosen about curation; sections of a recipe and options of commands."""

from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

_FROZEN = ConfigDict(extra="forbid", frozen=True)


class Measure(StrEnum):
    """By what a row may repeat an earlier one, in the order in which they are asked."""

    ARTIFACT = "artifact"
    """The same files, but for comments, layout and an order that means nothing."""
    INSTRUCTION = "instruction"
    """Nearly the same words asked."""
    ANSWER = "answer"
    """Nearly the same words answered."""
    GRAPH = "graph"
    """The same types of resources that refer to each other the same way, whatever their names and
    values (Terraform, Kubernetes). Rows of one topic often share it: not among the defaults."""


class Deduplication(BaseModel):
    """``by``: the measures. ``threshold``: the Jaccard index of word n-grams from which two texts
    count as nearly the same, n being ``ngram``."""

    model_config = _FROZEN

    by: tuple[Measure, ...] = (Measure.ARTIFACT, Measure.INSTRUCTION, Measure.ANSWER)
    threshold: float = Field(default=0.8, ge=0.5, le=1.0)
    ngram: int = Field(default=3, ge=1, le=13)

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.by:
            raise ValueError("by: names no measure")
        return self


class Decontamination(BaseModel):
    """``against``: files that must not be trained on. ``drop``: whether rows found in them go;
    they are only reported otherwise.

    ``ngram``: words in a row that make a match of an instruction, 13 as by Brown et al. 2020
    (arXiv 2005.14165, appendix C). ``overlap``: the share of a reference's n-grams from which an
    answer counts as it; one alone is boilerplate in code. ``graph``: whether equal resource graphs
    count.
    """

    model_config = _FROZEN

    against: tuple[Path, ...] = ()
    drop: bool = False
    ngram: int = Field(default=13, ge=3, le=50)
    overlap: float = Field(default=0.5, gt=0.0, le=1.0)
    graph: bool = True


class Grouping(StrEnum):
    """What must not be on two sides."""

    VALUES = "values"
    """A specification, with all rows made of it: held-out rows have values never seen."""
    TEMPLATE = "template"
    TOPIC = "topic"
    TYPE = "type"
    SERVICE = "service"
    MODULE = "module"
    REPOSITORY = "repository"

    @property
    def in_words(self) -> str:
        """For the data-set card."""
        if self is Grouping.VALUES:
            return "by values: no specification is on two sides, topics are"
        return f"by {self.value}: what shares a {self.value} is on one side"


class Splitting(BaseModel):
    """``by``: what stays together: a specification (``values``), or all rows whose provenance has
    the same entry of that name. ``validation`` and ``test``: shares of the rows."""

    model_config = _FROZEN

    by: Grouping = Grouping.VALUES
    validation: float = Field(default=0.1, ge=0.0, lt=1.0)
    test: float = Field(default=0.1, ge=0.0, lt=1.0)
    seed: int = 0

    @model_validator(mode="after")
    def _some_left(self) -> Self:
        if self.validation + self.test >= 1.0:
            raise ValueError("validation and test together leave nothing to train on")
        return self
