"""The nouns everybody shares: unit, quality, point, reading, instant and the root of the error tree.

Pure values without I/O; the only part of ``drivers`` that ``rules`` may import.
"""

from drivers.points.effect import COMMANDING, Effect
from drivers.points.errors import Finding, Place, PlantgateError
from drivers.points.instant import Instant
from drivers.points.quality import Quality, Reason
from drivers.points.reading import Kind, Point, Reading, Value
from drivers.points.units import NO_UNIT, UNITS, Unit, unit

__all__ = [
    "COMMANDING",
    "NO_UNIT",
    "UNITS",
    "Effect",
    "Finding",
    "Instant",
    "Kind",
    "Place",
    "PlantgateError",
    "Point",
    "Quality",
    "Reading",
    "Reason",
    "Unit",
    "Value",
    "unit",
]
