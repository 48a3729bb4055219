"""A model by its name on the hub (downloaded by transformers), or in a folder."""

from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from rl.configs.sections import HubModel
from rl.errors import ModelMissing


def load(config: HubModel) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The model and its tokenizer.

    Raises:
        ModelMissing: the hub cannot be reached, or has no such model.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(
            config.name, revision=config.revision, padding_side="left"
        )
        model = AutoModelForCausalLM.from_pretrained(
            config.name, revision=config.revision, dtype=config.dtype
        )
    except (OSError, ValueError) as error:  # what transformers raises for both
        raise ModelMissing(
            f"model.name {config.name!r} is neither a folder nor to be had from the hub: "
            f"{str(error).splitlines()[0]}. Without a hub: `--config nano` or "
            "`--config smollm2-135m`"
        ) from error
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return model, tokenizer
