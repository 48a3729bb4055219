"""Teachers that are asked in batches.

``queue`` has the questions that wait, ``asking`` sends and follows them, ``teacher`` is what stages
know.
"""
