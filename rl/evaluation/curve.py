"""The curves of GRPO as a picture."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NotRequired, TypedDict

from rl.evaluation import figures
from rl.evaluation.figures import Evaluations, estimate, title
from rl.evaluation.suite import Decoding

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COMPONENTS: tuple[Literal["syntax", "correctness", "format"], ...] = (
    "syntax",
    "correctness",
    "format",
)


class RewardedStep(TypedDict):
    """A line of rewards.jsonl, as far as it is drawn; no ``reward`` where nothing was scored."""

    step: int
    unscored_share: float
    reward: NotRequired[float]
    fully_right: NotRequired[float]
    syntax: NotRequired[float]
    correctness: NotRequired[float]
    format: NotRequired[float]


def curve_points(rewards: Path) -> list[RewardedStep]:
    """GRPO's steps in order; a step that was repeated after an interruption counts once."""
    if not rewards.is_file():
        return []
    steps: dict[int, RewardedStep] = {}
    for line in rewards.read_text(encoding="utf-8").split("\n"):
        try:
            entry: RewardedStep = json.loads(line)
        except json.JSONDecodeError:
            continue  # a last line cut short
        steps[entry["step"]] = entry
    return [steps[step] for step in sorted(steps)]


def draw_curve(file: Path, rewards: Path, evaluations: Evaluations) -> Path | None:
    """Draw the steps' rewards, fully right answers and components, and the held-out shares.

    Gives the picture back; None where GRPO made no step.

    Args:
        file: the PNG to write.
        rewards: GRPO's rewards.jsonl; it need not exist.
        evaluations: what came of the held-out tasks.
    """
    points = [point for point in curve_points(rewards) if "reward" in point]
    if not points:
        return None
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 7), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    steps = [point["step"] for point in points]
    _draw(above, steps, [point["reward"] for point in points], "tab:blue", "mean reward")
    right = [point.get("fully_right", math.nan) for point in points]
    _draw(above, steps, right, "tab:green", "fully right")
    for name, style in (("sft", "--"), ("grpo", "-")):
        answers = evaluations.get(name, {}).get(Decoding.SAMPLED, ())
        share = estimate(answers, figures.right).value
        if share is not None:
            label = f"held out, {title(name)}: {share:.0%} fully right"
            above.axhline(share, color="tab:green", linestyle=style, linewidth=0.9, label=label)
    for name, color in zip(COMPONENTS, ("tab:purple", "tab:orange", "tab:brown"), strict=True):
        values = [point.get(name, math.nan) for point in points]
        _draw(below, steps, values, color, name)
    unscored = [point["unscored_share"] for point in points]
    below.plot(steps, unscored, color="tab:red", linewidth=0.8, label="share UNSCORED")
    above.set(ylabel="a step's answers", ylim=(-0.02, 1.02))
    below.set(xlabel="GRPO step", ylabel="components", ylim=(-0.02, 1.02))
    for axes in (above, below):
        axes.legend(fontsize="small", loc="center right")
    figure.savefig(file, dpi=120)
    return file


def _draw(axes: "Axes", steps: Sequence[int], values: Sequence[float], color: str, of: str) -> None:
    """The values, pale, and what they tend to."""
    axes.plot(steps, values, color=color, alpha=0.25)
    axes.plot(steps, _running(values), color=color, label=f"{of}, running mean of 10 steps")


def _running(values: Sequence[float], window: int = 10) -> list[float]:
    means = []
    for end in range(1, len(values) + 1):
        part = values[max(0, end - window) : end]
        means.append(sum(part) / len(part))
    return means
