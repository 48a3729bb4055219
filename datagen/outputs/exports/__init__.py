"""A data set in the shapes that trainers read, as a folder that the `datasets` library loads.

``shapes`` says what one row becomes (pure), ``folder`` writes the files of all shapes in one
pass, ``card`` and ``croissant`` describe them, ``harbor`` writes a folder for each task, ``push``
uploads.
"""
