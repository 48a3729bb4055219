"""Whoever samples: each completion is told once, and its text is what its token ids say."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from peft import PeftModel, get_peft_model

from rl import models
from rl.configs.loading import load_config
from rl.configs.sections import Lora
from rl.data import prompt_of
from rl.models.policy import Policy, token_ids
from rl.rollout.base import Sampler, Sampling
from rl.rollout.transformers import TransformersSampler
from rl.rollout.vllm import VllmSampler
from rl.rollout.vllm_client import VllmClient
from rl.training.lora import peft_config
from tests.rl.rollout.rollout_server import RolloutServer
from tests.rl.samples import row

ROWS = [row(number) for number in range(8)]
CONFIG = load_config(
    "nano",
    ["model.layers=1", "model.hidden=32", "model.heads=2", "model.min_chunk_count=2"],
)
PROMPTS = [prompt_of(each, CONFIG.prompt) for each in ROWS]
AT_CHANCE = Sampling(temperature=1.0, max_new_tokens=12, seed=3)


@pytest.fixture(scope="module")
def policy() -> Policy:
    """An untrained one."""
    return models.base(CONFIG, ROWS)


@pytest.fixture(scope="module", params=["transformers", "vllm"])
def sampler(
    request: pytest.FixtureRequest, policy: Policy, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sampler]:
    if request.param == "transformers":
        yield TransformersSampler(policy)
        return
    folder = tmp_path_factory.mktemp("policy")
    policy.save(folder)
    with RolloutServer(folder, CONFIG) as server:
        client = VllmClient(server.url, 20)
        asking = VllmSampler(client, policy.tokenizer, tmp_path_factory.mktemp("adapters"))
        asking.take_up(adapted(models.load(folder, CONFIG)), 0)
        yield asking


def adapted(policy: Policy) -> PeftModel:
    model = get_peft_model(policy.model, peft_config(Lora(r=2)))
    assert isinstance(model, PeftModel)
    return model


def test_each_completion_is_told_once_and_given_in_the_order_of_the_prompts(
    sampler: Sampler, policy: Policy
) -> None:
    told: list[tuple[int, str]] = []
    found = sampler.sample(PROMPTS, AT_CHANCE, lambda place, text: told.append((place, text)))
    assert sorted(told) == [(place, each.text) for place, each in enumerate(found)]
    assert [each.prompt_ids for each in found] == [
        token_ids(policy.tokenizer, prompt, ask=True) for prompt in PROMPTS
    ]


def test_a_text_is_what_its_ids_say_and_nothing_follows_the_end(
    sampler: Sampler, policy: Policy
) -> None:
    for each in sampler.sample(PROMPTS, AT_CHANCE, lambda place, text: None):
        assert policy.tokenizer.decode(each.ids, skip_special_tokens=True) == each.text
        assert 0 < len(each.ids) <= AT_CHANCE.max_new_tokens
        assert policy.tokenizer.eos_token_id not in each.ids[:-1]
        assert each.logprobs is None or len(each.logprobs) == len(each.ids)


def test_the_same_seed_gives_the_same_completions_and_greedy_needs_none(policy: Policy) -> None:
    sampler = TransformersSampler(policy)

    def texts(sampling: Sampling) -> list[str]:
        found = sampler.sample(PROMPTS, sampling, lambda place, text: None)
        return [each.text for each in found]

    assert texts(AT_CHANCE) == texts(AT_CHANCE)
    assert texts(AT_CHANCE) != texts(Sampling(temperature=1.0, max_new_tokens=12, seed=4))
    greedy = Sampling(temperature=0, max_new_tokens=12)
    assert texts(greedy) == texts(greedy)


def test_an_adapter_is_taken_up_once_a_step_and_the_old_ones_are_let_go(
    policy: Policy, tmp_path: Path
) -> None:
    policy.save(tmp_path / "policy")
    model = adapted(models.load(tmp_path / "policy", CONFIG))
    with RolloutServer(tmp_path / "policy", CONFIG) as server:
        sampler = VllmSampler(VllmClient(server.url, 20), policy.tokenizer, tmp_path / "adapters")
        for step in (0, 0, 1, 2):
            sampler.take_up(model, step)
    assert [name.split("-", 1)[1] for name in server.loaded] == ["step-0", "step-1", "step-2"]
    kept = sorted(each.name.split("-", 1)[1] for each in (tmp_path / "adapters").iterdir())
    assert kept == ["step-1", "step-2"]
