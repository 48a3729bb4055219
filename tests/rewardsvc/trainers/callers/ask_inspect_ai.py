"""inspect_ai evaluates its own mock model, which gives each sample the completion of its batch."""

import math
import tempfile
from pathlib import Path
from typing import Any

from batches import answer, rows_with_numbers
from inspect_ai import eval_async
from inspect_ai.model import ModelOutput, ModelUsage, get_model

from rewardsvc.trainers.inspect_ai import assay_tasks


async def rewards(batch: dict[str, Any]) -> list[float | str]:
    completions = [text for _, text in batch["asked"]]

    def said(messages: list[Any], *_: object) -> ModelOutput:
        number = int(messages[-1].text.split()[1])
        output = ModelOutput.from_content("mockllm/model", completions[number])
        output.usage = ModelUsage()  # else it fetches a tokenizer, to count
        return output

    with tempfile.TemporaryDirectory() as folder:
        tasks = Path(folder) / "tasks.jsonl"
        tasks.write_text(rows_with_numbers(batch))
        (log,) = await eval_async(
            assay_tasks(str(tasks), batch["grpc"], "", batch["seconds"]),
            model=get_model("mockllm/model", custom_outputs=said),
            log_dir=folder,
        )
        assert log.status == "success", log.error
        scores = {sample.id: sample.scores["assay"] for sample in log.samples}
        return [outcome(scores[str(number)]) for number in range(len(completions))]


def outcome(score: Any) -> float | str:
    if math.isnan(score.value):  # inspect's mark of what is unscored
        return f"{score.reason}: {score.explanation}"
    return float(score.value)


answer(rewards)
