"""Language models behind an API: a question with a JSON schema in, a raw answer out.

::

    Question ─► Asker.ask (rate limit, retries) ─► Model.ask (an official SDK, the network)
        ─► raw body ─► Model.read (pure) ─► Answer

Asking and reading are two steps, so that a paid answer is stored between them, before anything can
go wrong with it. No type of an SDK crosses this border.
"""

from rewardsvc.llm.account import Account, Tokens, Took, most_of
from rewardsvc.llm.asking import Asker, retries_of
from rewardsvc.llm.base import Model, ModelAnswer, ModelName, ModelText, Question, TextModel
from rewardsvc.llm.batches import (
    BatchAnswer,
    BatchLimits,
    BatchModel,
    BatchState,
    BatchStatus,
    RequestEnd,
)
from rewardsvc.llm.errors import (
    BudgetSpent,
    ModelBusy,
    ModelError,
    ModelNotSetUp,
    ModelRefused,
    ModelSilent,
    ModelUnavailable,
    NotAnAnswer,
    Unusable,
)
from rewardsvc.llm.price_list import PriceList
from rewardsvc.llm.prices import FREE, Price, TokenUsage, dollars_of
from rewardsvc.llm.rates import RateLimit
from rewardsvc.llm.select import OpenModel, open_batches, open_model

__all__ = [
    "FREE",
    "Account",
    "Asker",
    "BatchAnswer",
    "BatchLimits",
    "BatchModel",
    "BatchState",
    "BatchStatus",
    "BudgetSpent",
    "Model",
    "ModelAnswer",
    "ModelBusy",
    "ModelError",
    "ModelName",
    "ModelNotSetUp",
    "ModelRefused",
    "ModelSilent",
    "ModelText",
    "ModelUnavailable",
    "NotAnAnswer",
    "OpenModel",
    "Price",
    "PriceList",
    "Question",
    "RateLimit",
    "RequestEnd",
    "TextModel",
    "TokenUsage",
    "Tokens",
    "Took",
    "Unusable",
    "dollars_of",
    "most_of",
    "open_batches",
    "open_model",
    "retries_of",
]
