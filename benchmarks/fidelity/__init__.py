"""How true verdicts are: ``python -m benchmarks.fidelity``; docs/fidelity.md explains the figures.

``files`` finds real files that nobody here wrote, ``scored`` has them scored, ``reference_tools``
asks the tools themselves, ``disagreements`` knows where we say otherwise and why,
``keyword_reward`` is what to compare with, ``mutants`` and ``hostile`` measure checks and the
gaming catalogue, ``report`` puts it all into tables.
"""
