"""What the physics of a device offers, and what the devices of one building share. Pure."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from drivers.points import Value

_STEP = 1.0
"""Longest step of integration in seconds; shorter than every time constant of the models."""


def steps_of(seconds: float) -> Iterator[float]:
    """``seconds`` cut into equal steps short enough to integrate over; none when no time passes."""
    count = math.ceil(seconds / _STEP)
    return (seconds / count for _ in range(count))


@dataclass(slots=True)
class Building:
    """What the devices of one plant room have in common: who supplies it."""

    mains: bool = True
    """Whether the mains is there."""
    mains_for: float = 3600.0
    """Seconds since it last came back or failed."""
    generator: bool = False
    """Whether a generator is up to voltage and ready to take load."""
    on_generator: bool = False
    """Whether the load is on the generator."""


class Model(Protocol):
    """The physics of one device."""

    faults: set[str]
    """Faults that are on now."""

    @property
    def known_faults(self) -> frozenset[str]:
        """What can break."""

    def put(self, name: str, value: float) -> bool:
        """Set the physical quantity ``name``; False when it only follows from others."""

    def step(self, seconds: float) -> dict[str, Value]:
        """Let time pass and return the value of every point."""


@runtime_checkable
class CommandedModel(Protocol):
    """A model that acts on registers written to it."""

    def write(self, address: int, words: tuple[int, ...]) -> None:
        """Registers were written at ``address``, counted as in the template."""
