"""A fire alarm panel with three zones. Pure."""

from dataclasses import dataclass, field

from drivers.points import Value

_ZONES = ("zone-1", "zone-2", "zone-3")
_TROUBLE = "trouble"
_KINDS = {"fire": "alarm", "pre-alarm": "pre_alarm", "fault": "fault"}
"""Worst first: what a zone reports."""


@dataclass(slots=True)
class FirePanel:
    """Each zone is quiet until something happens in it."""

    faults: set[str] = field(default_factory=set)

    @property
    def known_faults(self) -> frozenset[str]:
        """What can happen: ``fire:zone-1``, ``pre-alarm:zone-1``, ``fault:zone-1``, ``trouble``."""
        return frozenset({_TROUBLE, *(f"{kind}:{zone}" for kind in _KINDS for zone in _ZONES)})

    def put(self, name: str, value: float) -> bool:
        """Nothing here is a physical quantity."""
        return False

    def step(self, seconds: float) -> dict[str, Value]:
        """Let time pass and return the value of every point."""
        zones: dict[str, Value] = {zone.replace("-", "_"): self._state(zone) for zone in _ZONES}
        return zones | {"trouble": _TROUBLE in self.faults}

    def _state(self, zone: str) -> str:
        return next((state for kind, state in _KINDS.items() if f"{kind}:{zone}" in self.faults), "quiet")
