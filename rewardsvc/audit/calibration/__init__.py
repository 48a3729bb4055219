"""How far a judge can be trusted: its verdicts beside those of the tools.

::

    task rows ─► references and mutants ─┐
    scored requests ─────────────────────┴► examples ─► tools: good or bad ─► judge ─► figures
                                                      └► pairs, both orders ─► judge ─┘
"""
