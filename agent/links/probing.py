"""Which silent device is asked next whether it is there, and when. Pure; told the time.

On a bus whose devices take turns a probe waits for its device's pause, for the budget of silence of the whole bus and
for a gap between two polls that is long enough, the last for ten seconds at most.
"""

from collections.abc import Mapping

from agent.links.device import DeviceState
from agent.links.silence import SilenceBudget, patience, probe_seconds

PATIENCE = 10.0
"""Seconds a probe waits for a gap between the polls; a bus without gaps must not forget a device."""


LINGER = 10.0
"""Seconds for which a gateway may go on waiting for a unit that we gave up."""


class Probing:
    """The silent devices of one link."""

    def __init__(
        self, devices: Mapping[str, DeviceState], *, shared: bool, behind: bool = False, scale: float = 1.0
    ) -> None:
        """``shared``: the devices take turns on the wire, which may lie ``behind`` somebody else who waits for them.

        ``scale`` is engine seconds per real second.
        """
        self._devices = devices
        self._silent: dict[str, DeviceState] = {}
        self._budget = SilenceBudget(scale) if shared else None
        self._behind = behind
        self._lingers_since: float | None = None
        self._scale = scale

    def lingers(self, now: float) -> bool:
        """Whether the wire may still be taken by a wait that we gave up: nothing was answered since."""
        return self._lingers_since is not None and now <= self._lingers_since + LINGER * self._scale

    def charge(self, seconds: float, now: float) -> None:
        """Note that a wait in vain took ``seconds`` of real time until ``now``."""
        if self._budget is not None:
            self._budget.charge(seconds, now, more=self.lingers(now))
            if self._behind and self._lingers_since is None:
                self._lingers_since = now

    def delayed(self, state: DeviceState, seconds: float, now: float) -> None:
        """Note that ``state`` answered after ``seconds``: if a gateway was still waiting for another, that is paid."""
        if self._budget is not None and self.lingers(now):
            self._budget.charge(max(0.0, seconds - state.statistics.latencies.percentile(50)), now, more=True)
        self._lingers_since = None

    def add(self, state: DeviceState) -> None:
        """Note that ``state`` is silent; its breaker has been told. One device asks for all behind the same unit."""
        if all(other.breaker is not state.breaker for other in self._silent.values()):
            self._silent[state.id] = state

    def answered(self, state: DeviceState, now: float) -> None:
        """Note that ``state`` is there. Where nobody was, the bus itself is back: the others are asked at once."""
        others = (other.breaker for other in self._devices.values() if other.breaker is not state.breaker)
        if all(breaker.silent for breaker in others):
            for other in self._silent.values():
                other.breaker.retry_at = min(other.breaker.retry_at, now)
        self._silent = {name: other for name, other in self._silent.items() if other.breaker is not state.breaker}

    def forget(self) -> None:
        """The wire is gone, so nothing is known about any device."""
        self._silent.clear()

    def seconds(self, state: DeviceState) -> float:
        """How long a probe of ``state`` may wait for its answer."""
        timeout, own = state.device.timeout, state.statistics.latencies
        if self._budget is None:
            return timeout
        others = (other.statistics.latencies for other in self._devices.values())
        return probe_seconds(timeout, own, others, state.breaker.failures)

    def patience(self, state: DeviceState, *, again: bool) -> float:
        """How long a poll of ``state`` may wait where giving up frees the wire for the others.

        One that was just lost is made ``again`` with twice the time: the device may have been slow only.
        """
        timeout = state.device.timeout
        if not state.breaker.trusted:
            return timeout
        others = (other.statistics.latencies for other in self._devices.values())
        return min(timeout, patience(timeout, state.statistics.latencies, others) * (2 if again else 1))

    def take(self, now: float, next_due: float | None) -> DeviceState | None:
        """The device to be asked now, if any; ``next_due`` is when the next poll wants the wire."""
        if not self._silent:
            return None
        for state in sorted(self._waiting(), key=lambda state: state.breaker.retry_at):
            moment = self._ready_at(state)
            if moment <= now and self._fits(state, moment, now, next_due):
                return state
        return None

    def next_moment(self, now: float) -> float | None:
        """When ``take`` should be asked again if nothing else happens before; None: no device is silent."""
        moments = (self._ready_at(state) for state in self._waiting())
        patience = 0.0 if self._budget is None else PATIENCE * self._scale
        return min((moment if moment > now else moment + patience for moment in moments), default=None)

    def _waiting(self) -> list[DeviceState]:
        return [state for state in self._silent.values() if not state.probing]

    def _ready_at(self, state: DeviceState) -> float:
        if self._budget is None or state.breaker.doubtful:
            return state.breaker.retry_at
        return max(state.breaker.retry_at, self._budget.free_at)

    def _fits(self, state: DeviceState, moment: float, now: float, next_due: float | None) -> bool:
        """Whether nobody would have to wait for the probe, or it has waited long enough itself."""
        if self._budget is None or next_due is None or now >= moment + PATIENCE * self._scale:
            return True
        if state.breaker.doubtful:
            # Its points are bad meanwhile, most likely for nothing.
            return True
        return now + self.seconds(state) * self._scale <= next_due
