"""Language models behind an API: a question with a JSON schema in, a raw answer out.

::

    Question ─► Model.ask (an official SDK, the network) ─► raw body ─► Model.read (pure) ─► Answer

Asking and reading are two steps, so that a paid answer is stored between them, before anything can
go wrong with it. No type of an SDK crosses this border.
"""

from rewardsvc.llm.base import Model, ModelAnswer, ModelName, Question
from rewardsvc.llm.errors import ModelError, ModelNotSetUp, ModelRefused, ModelUnavailable, Unusable
from rewardsvc.llm.select import open_model

__all__ = [
    "Model",
    "ModelAnswer",
    "ModelError",
    "ModelName",
    "ModelNotSetUp",
    "ModelRefused",
    "ModelUnavailable",
    "Question",
    "Unusable",
    "open_model",
]
