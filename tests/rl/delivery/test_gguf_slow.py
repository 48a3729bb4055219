"""The real wheels on the real SmolLM2: converted, quantized, loaded again, and hardly worse."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from rl.configs.loading import load_config
from rl.configs.sections import SmolLM2Model
from rl.delivery.checking import check_exports
from rl.delivery.export import ExportKind, export
from rl.delivery.gguf import REQUIREMENTS
from rl.errors import ModelMissing
from rl.models import smollm2
from rl.reward.scoring import ScoringThread, settings_for
from tests.rl.samples import row

TASKS = 50
KINDS = (ExportKind.MERGED, ExportKind.Q8_0, ExportKind.Q4_K_M)


@pytest.mark.slow
def test_smollm2_as_gguf_answers_as_well_as_its_bits_allow(tmp_path: Path) -> None:
    if not all(map(find_spec, ("ik_llama_cpp", "xllamacpp", "sentencepiece"))):
        pytest.skip(f"needs pip install {' '.join(REQUIREMENTS)}")
    from rewardsvc.scorer import open_scorer

    sets = [f"model.cache={tmp_path}", "eval.max_completion_length=160"]
    config = load_config("smollm2-135m", sets)
    assert isinstance(config.model, SmolLM2Model)
    try:
        source = smollm2.fetch(config.model)
    except ModelMissing as error:
        if "could not download" in str(error):
            pytest.skip(str(error))
        raise
    out = tmp_path / "export"
    assert export(source, out, KINDS, 1) == list(KINDS)
    assert export(source, out, KINDS, 1) == []
    with ScoringThread(open_scorer(settings_for(config.reward.deadline_seconds))) as scoring:
        rows = [row(number) for number in range(TASKS)]
        check = check_exports(source, out, KINDS, rows, scoring, config=config, threads=1)
    assert [each.tasks for each in check.exports] == [TASKS] * len(KINDS)
    assert check.reward is not None and check.reward > 0.1, "it answers something"
    assert all(each.kept for each in check.exports), check
