"""Mutation testing of checks: typed mutants of a reference answer, and who notices them."""
