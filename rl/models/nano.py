"""A Llama of about a million parameters with its own tokenizer, its weights from scratch.

It exists so that the whole loop runs in minutes on two CPU cores, without a model hub. It knows
nothing but what the train split shows it.
"""

from collections.abc import Sequence

import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

from rl.configs.sections import NanoModel
from rl.errors import InvalidTasks
from rl.models.nano_tokenizer import train_tokenizer

_WIDENING = 2.75
"""Feed-forward width over hidden width; Llama's 8/3, rounded up."""

_ROPE_THETA = 10_000.0
"""The base of the position rotations, Llama's own."""

_LOOKING_BACK = ((0, 0, 1), (0, 1, 2), (1, 0, 1))
"""(layer, head, how many tokens back)."""

_SHARPNESS = 4.0
"""Two thirds of such a head's attention fall on its token at the start."""

_FAST_ROTATIONS = 8


def build(
    config: NanoModel, pairs: Sequence[tuple[str, str]], seed: int
) -> tuple[LlamaForCausalLM, PreTrainedTokenizerFast]:
    """A fresh model and a tokenizer learnt from (prompt, answer) pairs.

    Raises:
        InvalidTasks: there are no pairs.
    """
    if not pairs:
        raise InvalidTasks(
            "the nano model learns its tokenizer from reference answers, and no train row has one"
        )
    tokenizer = train_tokenizer(
        pairs,
        min_chunk_count=config.min_chunk_count,
        max_chunk_lines=config.max_chunk_lines,
        vocabulary=config.vocabulary,
    )
    tokenizer.model_max_length = config.context
    set_seed(seed)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=config.hidden,
            intermediate_size=int(config.hidden * _WIDENING),
            num_hidden_layers=config.layers,
            num_attention_heads=config.heads,
            num_key_value_heads=config.heads,
            max_position_embeddings=config.context,
            initializer_range=config.initializer_range,
            tie_word_embeddings=True,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
            bos_token_id=None,
            rope_parameters={"rope_type": "default", "rope_theta": _ROPE_THETA},
            attention_bias=True,  # what _look_back sets
        )
    )
    _look_back(model)
    return model, tokenizer


def _look_back(model: LlamaForCausalLM) -> None:
    """Let a few heads begin by attending to the token just before, or the one before that.

    Copying needs an induction head, which is built on a head that looks one token back (Olsson et
    al., "In-context Learning and Induction Heads", 2022). Finding that head takes gradient descent
    longer than all the rest here, so it is given one: with biases alone, a query meets its best
    key where the rotation between them (RoPE) undoes the angle put into the key's bias. Training
    may change it freely.
    """
    config = model.config
    width = config.hidden_size // config.num_attention_heads
    half = width // 2
    # The fast rotations tell neighbours apart; the slow ones would only add to every score.
    fast = min(half, _FAST_ROTATIONS)
    angles = _ROPE_THETA ** (-torch.arange(fast) * 2.0 / width)
    for layer, head, distance in _LOOKING_BACK:
        if layer < config.num_hidden_layers and head < config.num_attention_heads:
            attention = model.model.layers[layer].self_attn
            first = head * width
            with torch.no_grad():
                attention.q_proj.bias[first : first + fast] = _SHARPNESS
                key = attention.k_proj.bias
                key[first : first + fast] = _SHARPNESS * torch.cos(angles * distance)
                key[first + half : first + half + fast] = _SHARPNESS * torch.sin(angles * distance)
