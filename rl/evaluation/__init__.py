"""How good a policy is: a declared suite, its answers with their verdicts, figures, a report."""
