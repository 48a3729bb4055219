"""Whether verdicts are worth having: what measures checks, judges and rewards from outside.

::

    mutation      wrong answers to a task, and which of them its checks let pass
    calibration   a judge's verdicts beside those of the tools
    gaming        answers that want the reward without doing the task, beside honest twins

Nothing that judges imports it: a change here changes no verdict.
"""
