"""OpenEnv's environment, which asks a reward server::

    from openenv.core.env_server.http_server import create_app
    environment = partial(OpenEnvironment, client, rows)
    app = create_app(environment, OpenEnvAnswer, OpenEnvObservation, env_name="assay")

``reset(task=ID)`` gives the prompt of a row, of the first where none is named; ``step`` with an
answer ends the episode and has its reward. Where the answer stays UNSCORED ``reward`` is None,
which OpenEnv allows, and ``metadata`` says why (OpenEnv 0.10, ``core/env_server/types.py``).
"""

from collections.abc import Mapping
from uuid import uuid4

from rewardsvc.errors import InvalidRequest, ServerUnavailable
from rewardsvc.prompts import prompt_of
from rewardsvc.tasks import TaskRow, row_to_json
from rewardsvc.trainers.again import Unscored
from rewardsvc.trainers.brought import brought_by
from rewardsvc.trainers.feedback import feedback
from rewardsvc.trainers.patient import PatientClient, figures, waited_for

with brought_by("openenv>=0.10,<0.11", "openenv"):
    from openenv.core.env_server.interfaces import Environment
    from openenv.core.env_server.types import Action, Observation, State

__all__ = ["OpenEnvAnswer", "OpenEnvObservation", "OpenEnvironment"]


class OpenEnvAnswer(Action):
    """An answer: the model's raw text."""

    answer: str


class OpenEnvObservation(Observation):
    """What is asked for, and after an answer what the tools found in it."""

    prompt: str = ""
    findings: str = ""


class OpenEnvironment(Environment):
    """An episode is one task and one answer."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self, client: PatientClient, rows: Mapping[str, TaskRow]) -> None:
        """``rows``: by their ids."""
        super().__init__()
        self._client = client
        self._rows = rows
        self._row = next(iter(rows.values()))
        self._state = State()

    def reset(
        self,
        seed: int | None = None,
        episode_id: str | None = None,
        task: str | None = None,
        **others: object,
    ) -> OpenEnvObservation:
        """Begin with the task of this id.

        Raises:
            InvalidRequest: there is none.
        """
        if task is not None and task not in self._rows:
            raise InvalidRequest("task", f"no row has the id {task!r}")
        self._row = self._rows[task] if task is not None else next(iter(self._rows.values()))
        self._state = State(episode_id=episode_id or uuid4().hex, step_count=0)
        return OpenEnvObservation(prompt=prompt_of(self._row.task, delivery=True))

    def step(
        self, action: OpenEnvAnswer, timeout_s: float | None = None, **others: object
    ) -> OpenEnvObservation:
        """See :meth:`step_async`."""
        return waited_for(self.step_async(action))

    async def step_async(
        self, action: OpenEnvAnswer, timeout_s: float | None = None, **others: object
    ) -> OpenEnvObservation:
        """The reward of an answer, None where it stays UNSCORED.

        Raises:
            InvalidRequest: nobody can score the row.
        """
        self._state.step_count += 1
        try:
            verdict = await self._client.verdict(row_to_json(self._row), action.answer)
        except (Unscored, ServerUnavailable) as error:
            fault = f"{type(error).__name__}: {error}"
            return OpenEnvObservation(done=True, reward=None, metadata={"fault": fault})
        found = figures(verdict)
        reward = found.pop("reward")
        return OpenEnvObservation(
            done=True, reward=reward, findings=feedback(verdict), metadata=found
        )

    @property
    def state(self) -> State:
        """Which episode this is, and whether it has been answered."""
        return self._state
