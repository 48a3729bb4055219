"""How true verdicts are: ``python -m benchmarks.fidelity``; docs/fidelity.md explains the figures.

``files`` finds real files that nobody here wrote, ``scored`` has them scored, ``byhand`` asks the
tools themselves, ``overruled`` knows where we say otherwise and why, ``words`` is a keyword reward
to compare with, ``mutants`` and ``hostile`` measure checks and the gaming catalogue, ``report``
puts it all into tables.
"""
