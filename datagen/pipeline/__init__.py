"""From what is wanted to a data set::

    plan ─► generate ─► curate ─► write
    Portion  waves of records   rows    files, fates

``generation`` has records asked for, verified and judged, all of it in the journal. ``curation`` is
about the rows together. ``writing`` leaves the files, and says of each candidate what became of it.
``datagen synth`` is the case of one portion, ``datagen run`` that of a recipe.
"""

from datagen.pipeline.making import Made, make
from datagen.pipeline.wanted import Wanted

__all__ = ["Made", "Wanted", "make"]
