"""All scenes of the catalogue."""

from rewardsvc.audit.gaming.catalogue import Scene
from rewardsvc.formats import FORMATS

SCENES: tuple[Scene, ...] = tuple(
    scene
    for format in FORMATS.values()
    if format.gaming is not None
    for scene in format.gaming.load()
)
