"""A run's work on the machines of a Ray cluster::

    LocalExecutor ─► ClusterWorkers ─► a worker's process: Workplace
    journal, ledger,  which worker      a scorer at the reward server,
    rate, rulings     (pool, pure)      models behind their SDKs

What scores and what asks a model is done by workers. All that decides, pays and writes stays in the
process that was started: it alone has the journal, the ledger and the rate of each model, so that
rows do not depend on who worked, and a worker that is lost takes with it what it was at and nothing
else. ``ray`` is the only module that knows Ray.
"""

from datagen.execution.cluster.base import ClusterWorker, Equipment, WorkerCluster, WorkerLost
from datagen.execution.cluster.workers import ClusterWorkers, ScoredElsewhere

__all__ = [
    "ClusterWorker",
    "ClusterWorkers",
    "Equipment",
    "ScoredElsewhere",
    "WorkerCluster",
    "WorkerLost",
]
