"""The nano model: a tokenizer that makes copying easy, and heads that look back."""

import random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerFast

from rl.configs.sections import NanoModel
from rl.errors import InvalidTasks
from rl.models import nano
from rl.models.nano_tokenizer import boilerplate, train_tokenizer
from rl.training.augment import ValueRenamer
from tests.rl.samples import row

PAIRS = [(one.instruction, one.output) for one in (row(n) for n in range(60))]

TOKENIZER = train_tokenizer(PAIRS, min_chunk_count=8, max_chunk_lines=4, vocabulary=400)


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    return train_tokenizer(PAIRS, min_chunk_count=8, max_chunk_lines=4, vocabulary=400)


@given(st.text())
@settings(max_examples=200)
def test_any_text_survives_the_tokenizer(text: str) -> None:
    assert TOKENIZER.decode(TOKENIZER(text).input_ids) == text


def test_the_same_pairs_give_the_same_tokenizer(tokenizer: PreTrainedTokenizerFast) -> None:
    assert tokenizer.get_vocab() == TOKENIZER.get_vocab()


def test_boilerplate_is_few_tokens_and_values_are_cut_alike_on_both_sides(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    _, answer = PAIRS[7]
    tokens = [str(tokenizer.decode([token])) for token in tokenizer(answer).input_ids]
    assert len(tokens) < len(answer.split()) * 2
    assert any("COPY . ." in token for token in tokens)
    port = [tokenizer.decode([token]) for token in tokenizer("8007").input_ids]
    assert port == ["8", "0", "0", "7"]
    assert "8007" in "".join(tokens)


def test_no_chunk_holds_what_differs_between_pairs() -> None:
    chunks = boilerplate(PAIRS, min_count=8, max_lines=4)
    assert chunks
    assert not [chunk for chunk in chunks if "800" in chunk or "3.9-slim" in chunk]


def test_a_chat_ends_where_the_answer_ends(tokenizer: PreTrainedTokenizerFast) -> None:
    asked = [{"role": "user", "content": "Hi"}]
    start = tokenizer.apply_chat_template(asked, add_generation_prompt=True, return_dict=False)
    whole = tokenizer.apply_chat_template(
        [*asked, {"role": "assistant", "content": "Ho"}], return_dict=False
    )
    assert whole[: len(start)] == start
    assert whole[-1] == tokenizer.eos_token_id


def test_the_first_heads_look_one_and_two_tokens_back() -> None:
    model, _ = nano.build(NanoModel(kind="nano"), PAIRS, seed=1)
    model.set_attn_implementation("eager")
    ids = torch.randint(4, model.config.vocab_size, (1, 30))
    attention = model(ids, output_attentions=True).attentions[0][0]
    assert attention[0].argmax(-1)[2:].tolist() == list(range(1, 29))
    assert attention[1].argmax(-1)[3:].tolist() == list(range(1, 28))


def test_without_answers_there_is_no_tokenizer_to_learn() -> None:
    with pytest.raises(InvalidTasks, match="reference answers"):
        nano.build(NanoModel(kind="nano"), [], seed=1)


def test_renaming_changes_prompt_and_answer_alike(tokenizer: PreTrainedTokenizerFast) -> None:
    pairs = [(tokenizer(p).input_ids, tokenizer(a).input_ids) for p, a in PAIRS]
    renamer = ValueRenamer(tokenizer, pairs, share=1.0, seed=3)
    changed = 0
    for prompt, answer in random.Random(1).sample(pairs, 20):
        new_prompt, new_answer = renamer.rename((prompt, answer))
        names = dict(zip(prompt, new_prompt, strict=True))
        assert [names.get(token, token) for token in answer] == new_answer
        changed += new_answer != answer
    assert changed > 15


def test_without_a_share_nothing_is_renamed(tokenizer: PreTrainedTokenizerFast) -> None:
    pair = (tokenizer(PAIRS[0][0]).input_ids, tokenizer(PAIRS[0][1]).input_ids)
    assert ValueRenamer(tokenizer, [pair], share=0.0, seed=3).rename(pair) == pair
