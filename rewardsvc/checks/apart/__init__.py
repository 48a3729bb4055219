"""Evaluates checks in processes apart from this one, where they can be ended.

``process.py`` runs in the sandbox and forks for each job; ``evaluations.py`` starts it when the
first job comes and asks it; ``jobs.py`` words what it is asked and reads what it says;
``answers.py`` says what the end of a job means.
"""

from rewardsvc.checks.apart.evaluations import Evaluations

__all__ = ["Evaluations"]
