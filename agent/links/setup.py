"""What a link is made of, before it runs."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.links.intake import ReadingSink
from agent.links.recognition import Recognised
from drivers.contract import Driver
from drivers.templates import Device
from runtime.clock import Clock


@dataclass(frozen=True, slots=True)
class LinkSetup:
    """A wire, what is on it, and who hears of it."""

    id: str
    driver: Driver
    devices: Sequence[Device]
    clock: Clock
    sink: ReadingSink
    recognised: Recognised = lambda *_: None
    """Hears who answers as a device."""
