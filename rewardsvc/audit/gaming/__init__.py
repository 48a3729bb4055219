"""The gaming catalogue: for each format, tasks with honest answers and with hostile ones.

``catalogue`` says what a scene is, ``scenes`` has them all (a format's own are its ``gaming``),
``scored`` turns them into requests and finds their verdicts again.
"""
