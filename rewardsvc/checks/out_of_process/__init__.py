"""Evaluates checks out of process, where an evaluation can be ended.

``process.py`` runs in the sandbox and forks for each job; ``evaluations.py`` starts it when the
first job comes and asks it; ``jobs.py`` words what it is asked and reads what it says;
``answers.py`` says what the end of a job means.
"""

from rewardsvc.checks.out_of_process.evaluations import Evaluations

__all__ = ["Evaluations"]
