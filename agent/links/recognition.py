"""Who answers as each device of a link: asked before it is first believed, after each silence, and by commands."""

from collections.abc import Callable

import structlog

from agent.links.device import DeviceState
from drivers.identification import Identification, shown
from drivers.templates import Device

Recognised = Callable[[Device, Identification | None], None]
"""Told who answers as a device whenever that changes; None: nobody knows any more."""

log = structlog.get_logger()


class Recognition:
    """What is known of it, and who has to hear when that changes."""

    def __init__(self, link: str, recognised: Recognised) -> None:
        """Nothing is known yet."""
        self._link = link
        self._recognised = recognised
        self._told: dict[str, tuple[bool | None, str] | None] = {}

    def take(self, state: DeviceState, found: Identification) -> bool:
        """Note who answered as a device; returns whether it has become another one."""
        state.identity = found
        changed = self._tell(state, found)
        if changed and found.matches is False:
            log.warning("device.other", link=self._link, device=state.id, found=shown(found.found))
        return changed and found.matches is False

    def doubt(self, state: DeviceState) -> None:
        """It was silent, or its wire was opened anew: it is asked again before it is believed."""
        state.identity = None

    def lost(self, state: DeviceState) -> None:
        """It is gone: whoever comes back may be another."""
        state.identity = None
        self._tell(state, None)

    def _tell(self, state: DeviceState, found: Identification | None) -> bool:
        told = None if found is None else (found.matches, found.serial)
        changed = self._told.get(state.id) != told
        self._told[state.id] = told
        if changed:
            self._recognised(state.device, found)
        return changed
