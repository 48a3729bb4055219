"""A configuration is checked before anything is done with it."""

import re
from importlib import resources
from pathlib import Path

import pytest

from rl.configs import loading
from rl.errors import InvalidConfig


@pytest.mark.parametrize("name", loading.packaged())
def test_packaged_configurations_are_valid(name: str) -> None:
    assert loading.load_config(name).name == name


def test_every_default_has_a_packaged_configuration() -> None:
    assert set(loading.packaged()) == {"nano", "smollm2-135m", "qwen2.5-0.5b"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: x\nmodel: {kind: nano, layer: 3}", "unknown key 'model.layer'"),
        ("name: x\nmodel: {kind: nano}\ngrpoo: {}", "unknown key 'grpoo'"),
        ("name: x\nmodel: {kind: nano}\ngrpo: {generations: 1}", "grpo.generations"),
        ("name: x\nmodel: {kind: huge}", "model"),
        ("name: x\nmodel: {kind: nano}\nprompt: {template: '{task}'}", "prompt.template"),
        ("name: x\nmodel: {kind: nano, heads: 3}", "heads"),
        ("name: x\nmodel: {kind: nano}\ngrpo: {micro_batch: 5}", "micro_batch must divide"),
        ("name: x\nmodel: {kind: nano}\nrollout: {vllm_server: 'h:1'}", "http://"),
        (
            "name: x\nmodel: {kind: nano}\nrollout: {vllm_server: 'http://h:1'}",
            "grpo.lora must be set",
        ),
        ("name: x\nmodel: {kind: hub, name: y}\nsft: {augment: {}}", "sft.augment"),
        (
            "name: x\nmodel: {kind: nano}\ngrpo: {lora: {}, loss_type: vespo}\n"
            "rollout: {vllm_server: 'http://h:1'}",
            "rollout.importance_cap to null",
        ),
        ("name: x\nmodel: {kind: nano}\neval: {samples_per_task: 2}", "greedy"),
        ("- a list", "must be a mapping"),
        ("name: [", "is not YAML"),
    ],
)
def test_a_wrong_file_is_named_with_the_key(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(InvalidConfig) as caught:
        loading.load_config(str(file))
    assert message in str(caught.value)
    assert str(file) in str(caught.value)


def test_what_is_wrong_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: x\nmodel:\n  kind: nano\n  layerz: 3\ngrpo:\n  steps: many\n")
    with pytest.raises(InvalidConfig) as caught:
        loading.load_config(str(file))
    assert "unknown key 'model.layerz'; did you mean 'layers'? (at line 4)" in str(caught.value)
    assert re.search(r"grpo\.steps: [^;]* \(at line 6\)", str(caught.value))
    with pytest.raises(InvalidConfig) as caught:
        loading.load_config(str(file), ["grpo.steps=few", "model={kind: nano, layerz: 3}"])
    assert "grpo.steps" in str(caught.value) and "model.layerz" in str(caught.value)
    assert "line" not in str(caught.value)  # neither is the file's


def test_a_file_that_holds_itself_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: x\nmodel: &m {kind: nano, own: *m}\n")
    with pytest.raises(InvalidConfig, match=r"unknown key 'model\.own'"):
        loading.load_config(str(file))


def test_a_missing_file_names_the_packaged_ones() -> None:
    with pytest.raises(InvalidConfig, match=r"nowhere\.yaml.*nano"):
        loading.load_config("nowhere.yaml")


def test_overrides_win_over_the_file_and_keep_their_types() -> None:
    loaded = loading.load_config("nano", ["grpo.steps=3", "grpo.lora={r: 4}", "reward.server=h:1"])
    assert (loaded.grpo.steps, loaded.reward.server) == (3, "h:1")
    assert loaded.grpo.lora is not None and loaded.grpo.lora.r == 4


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("grpo.steps", "key=value"),
        ("grpo.stepss=3", "unknown key 'grpo.stepss'"),
        ("name.x=3", "'name' is not a section"),
        ("grpo.steps=many", "grpo.steps"),
        ("grpo.steps=[", "not YAML"),
    ],
)
def test_a_wrong_override_is_named(override: str, message: str) -> None:
    with pytest.raises(InvalidConfig, match=message.replace(".", r"\.")):
        loading.load_config("nano", [override])


def test_a_mark_at_the_start_of_a_file_is_passed_over(tmp_path: Path) -> None:
    name = loading.packaged()[0]
    text = (resources.files("rl.configs") / f"{name}.yaml").read_text()
    (tmp_path / "marked.yaml").write_text(f"\ufeff\u200b{text}")
    assert loading.load_config(str(tmp_path / "marked.yaml")) == loading.load_config(name)
