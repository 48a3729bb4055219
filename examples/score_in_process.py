"""Score a completion with your tools (`assay[server]`): `python examples/score_in_process.py`."""

import asyncio
import sys

from rewardsvc import Check, Components, Scorer, ScoreRequest, Settings, Target, Task, open_scorer

TASK = Task(
    format="dockerfile",
    instruction="An nginx image that listens on 8080 as an unprivileged user.",
    checks=(
        Check(on=Target.AST, expr="final.user == 'nginx'", description="unprivileged"),
        Check(on=Target.AST, expr="final.expose", expect=["8080"], description="exposes 8080"),
    ),
)
COMPLETION = "```dockerfile\nFROM nginx:1.27.3\nCOPY site/ /srv/\nEXPOSE 80\nUSER nginx\n```\n"


def shown(parts: Components) -> str:
    return f"syntax {parts.syntax}, correctness {parts.correctness}, format {parts.format}"


async def main() -> None:
    scorer: Scorer = open_scorer(Settings.load())
    async with scorer:
        (verdict,) = await scorer.score([ScoreRequest(task=TASK, completion=COMPLETION)])
    if verdict.components is None or verdict.reward is None:
        sys.exit(f"{verdict.status}: {verdict.failure_reason}")
    print(f"{verdict.reward:.2f}: {shown(verdict.components)}")
    for stage in verdict.stages:
        for found in stage.diagnostics:
            if found.severity == "error":
                print(f"{stage.name}: {found.message}")


if __name__ == "__main__":
    asyncio.run(main())
