"""The reward curve of GRPO as a picture."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NotRequired, TypedDict

from rewardsvc.report.statistics import task_means
from rl.evaluation.answers import Evaluated
from rl.evaluation.figures import TITLES


class RewardedStep(TypedDict):
    """A line of rewards.jsonl, as far as it is drawn; no ``reward`` where nothing was scored."""

    step: int
    unscored_share: float
    reward: NotRequired[float]


def curve_points(rewards: Path) -> list[RewardedStep]:
    """GRPO's steps in order; a step that was repeated after an interruption counts once."""
    if not rewards.is_file():
        return []
    steps: dict[int, RewardedStep] = {}
    for line in rewards.read_text(encoding="utf-8").splitlines():
        try:
            entry: RewardedStep = json.loads(line)
        except json.JSONDecodeError:
            continue  # a last line cut short
        steps[entry["step"]] = entry
    return [steps[step] for step in sorted(steps)]


def draw_curve(
    file: Path, rewards: Path, evaluations: Mapping[str, Sequence[Evaluated]]
) -> Path | None:
    """Draw the rewards of the steps and the held-out means; None where GRPO made no step.

    Args:
        file: the PNG to write; given back.
        rewards: GRPO's rewards.jsonl; it need not exist.
        evaluations: by model.
    """
    points = [point for point in curve_points(rewards) if "reward" in point]
    if not points:
        return None
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    steps = [point["step"] for point in points]
    values = [point["reward"] for point in points]
    axes.plot(steps, values, color="0.75", label="mean reward of the step")
    axes.plot(steps, _running(values), color="tab:blue", label="running mean of 10 steps")
    axes.plot(
        steps,
        [point["unscored_share"] for point in points],
        color="tab:red",
        linewidth=0.8,
        label="share UNSCORED",
    )
    for name, style in (("base", ":"), ("sft", "--"), ("grpo", "-")):
        means = task_means((r.task, r.reward) for r in evaluations.get(name, ()))
        if means:
            mean = sum(means.values()) / len(means)
            axes.axhline(
                mean,
                color="tab:green",
                linestyle=style,
                linewidth=0.9,
                label=f"held out, {TITLES[name]}: {mean:.3f}",
            )
    axes.set(xlabel="GRPO step", ylabel="reward", ylim=(-0.02, 1.02))
    axes.legend(fontsize="small", loc="center right")
    figure.savefig(file, dpi=120)
    return file


def _running(values: Sequence[float], window: int = 10) -> list[float]:
    means = []
    for end in range(1, len(values) + 1):
        part = values[max(0, end - window) : end]
        means.append(sum(part) / len(part))
    return means
