"""verl's reward functions, which ask a reward server.

Name one of them in verl's configuration, with the address of the server::

    reward.custom_reward_function.path=pkg://rewardsvc.trainers.verl
    reward.custom_reward_function.name=compute_score
    +reward.custom_reward_function.reward_kwargs.server=127.0.0.1:50051

``reward_model.ground_truth`` of a row of verl's data set is the row of ``tasks.jsonl``, as text.
The async function is for the managers naive, dapo and gdpo; ``compute_score_sync`` for ``remote``,
which takes no other. Both raise :class:`Unscored` where a completion could not be scored in time,
and verl then ends the run: it has no word for a sample without a reward. Its manager
``rate_limited`` makes a reward of 0 of whatever is raised: use another (verl 0.9.1,
``verl/experimental/reward_loop/reward_manager``).
"""

from collections.abc import Mapping

from rewardsvc.trainers.again import Unscored
from rewardsvc.trainers.patient import DEADLINE_SECONDS, PatientClient, figures, waited_for

__all__ = ["Unscored", "compute_score", "compute_score_sync"]


async def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: str,
    extra_info: Mapping[str, object] | None = None,
    *,
    server: str,
    deadline_seconds: float = DEADLINE_SECONDS,
    **others: object,
) -> dict[str, float]:
    """``score`` in [0, 1], and its components, each of which verl logs.

    Args:
        data_source: not looked at; verl passes it.
        solution_str: the completion, without special tokens.
        ground_truth: the row of the task.
        extra_info: not looked at; verl passes it.
        server: ``host:port`` of ``rewardsvc serve``; ``ASSAY_*`` variables say how it is reached.
        deadline_seconds: for the verdict, all attempts together.
        others: not looked at; what else verl passes.

    Raises:
        InvalidRequest: ``ground_truth`` is no row, or one that nobody can score.
        ServerUnavailable: the server cannot be reached in time.
        Unscored: there was no verdict in time.
    """
    client = PatientClient(server, deadline_seconds)
    verdict = await client.verdict(ground_truth, solution_str, "ground_truth")
    found = figures(verdict)
    return {"score": found.pop("reward"), **found}


def compute_score_sync(
    data_source: str,
    solution_str: str,
    ground_truth: str,
    extra_info: Mapping[str, object] | None = None,
    *,
    server: str,
    deadline_seconds: float = DEADLINE_SECONDS,
    **others: object,
) -> dict[str, float]:
    """:func:`compute_score` for callers without an event loop."""
    return waited_for(
        compute_score(
            data_source,
            solution_str,
            ground_truth,
            extra_info,
            server=server,
            deadline_seconds=deadline_seconds,
        )
    )
