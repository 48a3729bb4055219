"""One task, answers to it, and what trainers are given of it."""

from dataclasses import replace

from rewardsvc.tasks import TaskRow, row_to_json
from rewardsvc.types import Check, Means, Target

RIGHT = '```dockerfile\nFROM debian:12.5-slim\nRUN groupadd app\nUSER app\nCMD ["true"]\n```\n'
WRONG = RIGHT.replace("USER app", "USER root")
ROW = TaskRow(
    id="user",
    format="dockerfile",
    instruction="An image that runs as app.",
    checks=(Check(on=Target.AST, expr="final.user", expect="app"),),
    means=Means(),
)
LABEL = row_to_json(ROW)
NOBODY_HAS = row_to_json(replace(ROW, means=Means(providers={"hashicorp/nobody": ("1.0.0",)})))
"""UNSCORED, whatever the completion."""

PROMPT = "<|user|>An image that runs as app.<|assistant|>"
