"""How records get through stages: which are worked on (``waves``), and who works on them.

An :class:`Executor` takes a wave of records through the stages: it alone knows of places, processes
and the journal. Stages are run by this process or by those of a cluster (:class:`StageRunner`,
``cluster``). What a run does next is decided of its results alone, so it does not matter who
worked, nor in which order.
"""

from datagen.execution.base import Executor, Settled, SharedResults, StageRunner
from datagen.execution.batched import BatchedExecutor
from datagen.execution.local import LocalExecutor
from datagen.execution.waves import Progress, run_waves, taken

__all__ = [
    "BatchedExecutor",
    "Executor",
    "LocalExecutor",
    "Progress",
    "Settled",
    "SharedResults",
    "StageRunner",
    "run_waves",
    "taken",
]
