"""The table that a model's prompts are drawn from; a section of a recipe.

Topic and format are the source's; the table crosses them with how hard a task is and with who asks
for it. To name personas and levels instead of hoping for variety is Cosmopedia's way (Hugging Face
2024) and that of Persona Hub (Ge et al. 2024, arXiv 2406.20094).
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_FROZEN = ConfigDict(extra="forbid", frozen=True)


class TaxonomyValue(BaseModel):
    """One value of an axis; in a recipe a bare text is its ``words``.

    ``words``: what a model is told. ``weight``: beside those of the other values.
    """

    model_config = _FROZEN

    words: str = Field(min_length=1)
    weight: float = Field(default=1.0, gt=0, allow_inf_nan=False)


def _as_value(value: Any) -> Any:
    return {"words": value} if isinstance(value, str) else value


_Axis = Annotated[
    Mapping[
        Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")],
        Annotated[TaxonomyValue, BeforeValidator(_as_value)],
    ],
    Field(min_length=1),
]

_DIFFICULTY: Mapping[str, TaxonomyValue] = {
    "easy": TaxonomyValue(words="Add no requirement to those above."),
    "medium": TaxonomyValue(
        words="Add one requirement to those above that a careful engineer would have.", weight=2.0
    ),
    "hard": TaxonomyValue(
        words="Add as many requirements as you may, none of them a default, and such that the "
        "answer has to fit them together."
    ),
}

_PERSONA: Mapping[str, TaxonomyValue] = {
    "specialist": TaxonomyValue(
        words="Who asks knows the tool well: the tool's own terms, exact, no explanations."
    ),
    "developer": TaxonomyValue(
        words="Who asks writes the application and says what it needs, and why, in plain words."
    ),
    "operator": TaxonomyValue(
        words="Who asks is on call and in a hurry: short sentences, the most urgent point first."
    ),
    "reviewer": TaxonomyValue(
        words="Who asks answers for security and cost: numbered points, each one testable."
    ),
}


class Taxonomy(BaseModel):
    """``difficulty`` and ``persona``: values by their names, at least one each."""

    model_config = _FROZEN

    difficulty: _Axis = _DIFFICULTY
    persona: _Axis = _PERSONA
