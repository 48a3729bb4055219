"""How a reward server keeps serving while it is attacked.

    python -m benchmarks.attack [--minutes 10] [--clients 8]

``texts.py`` has the attacks, ``probe.py`` is the process that asks the server how it is, and
``__main__.py`` lets clients attack it, ends it at last, and says whether it held.
"""
