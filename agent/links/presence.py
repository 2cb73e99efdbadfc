"""Which devices of a link are there: what an outcome means for its own device and for those behind the same unit."""

from collections.abc import Iterable

import structlog

from agent.links.device import DeviceState, online
from agent.links.outcome import DeviceVerdict
from agent.links.probing import Probing
from agent.links.recognition import Recognition
from agent.links.schedule import PollSchedule
from agent.links.setup import LinkSetup
from drivers.points import Instant, Reason

log = structlog.get_logger()


class Presence:
    """Tells the sink who is online, the schedule whose polls have their turns and the probing who has none."""

    def __init__(
        self,
        setup: LinkSetup,
        devices: Iterable[DeviceState],
        schedule: PollSchedule,
        probing: Probing,
        recognition: Recognition,
    ) -> None:
        """``devices`` are those of ``setup`` as they are seen now."""
        self._link = setup.id
        self._clock = setup.clock
        self._sink = setup.sink
        self._schedule = schedule
        self._probing = probing
        self._recognition = recognition
        self._serial = setup.driver.serial
        """A late answer could be taken for another one of the same unit."""
        self._devices = tuple(devices)
        self.units: dict[str, list[DeviceState]] = {}
        """Address -> its devices; those behind one unit are silent and come back together: they share its breaker."""
        for state in self._devices:
            same = self.units.setdefault(state.device.address, [])
            same.append(state)
            state.breaker = same[0].breaker

    def behind(self, state: DeviceState) -> list[DeviceState]:
        """The devices behind the unit of ``state``."""
        return self.units[state.device.address]

    def lost(self, at: Instant) -> None:
        """The wire is gone: no device is known to be there, every point is bad."""
        self._probing.forget()
        for state in self._devices:
            self.forget_answers(state)
            self._recognition.lost(state)
            self._sink.deliver(state.unreachable(at))
            self.arrange(state)

    def apply(self, says: DeviceVerdict, state: DeviceState) -> None:
        """What the outcome of a poll means for its device."""
        if says is DeviceVerdict.SILENCE:
            if state.breaker.closed:
                self.count_silence(state)
            return
        if says is DeviceVerdict.VALUE:
            state.valueless = 0
        elif all(other.without_value for other in self._schedule.of(state.id)):
            state.valueless += 1
        if all(one.without_value for one in self.behind(state)):
            self.count_silence(state)
        else:
            self.is_there(state)
        if says is DeviceVerdict.VALUE:
            self._online(state)
        elif state.without_value:
            self._offline(state, self._clock.now())

    def count_silence(self, state: DeviceState) -> None:
        """Nothing came from it, or nothing but words from one that gives no values."""
        at = self._clock.now()
        state.silent_since = state.silent_since if state.breaker.silent else at.mono
        went_offline = state.breaker.failed(at.mono, self._clock.speed)
        for one in self.behind(state):
            self._recognition.doubt(one)
        if state.breaker.holds:
            self._probing.add(state)
        if went_offline:
            for one in self.behind(state):
                self._recognition.lost(one)
                self._offline(one, at)

    def _offline(self, state: DeviceState, at: Instant) -> None:
        """It is silent, or it answers and gives no value; then its points say why better than we could."""
        if state.online is not False:
            log.warning("device.offline", link=self._link, device=state.id, error=state.last_code)
        if not state.without_value:
            self.forget_answers(state)
            self._sink.deliver(state.all_bad(Reason.DEVICE_OFFLINE, at))
        elif state.online is not False:
            state.online = False
            self._sink.deliver([online(state.id, False, at)])

    def is_there(self, state: DeviceState) -> None:
        """It answered: it may be polled again, on a line only when no late answer can be taken for another."""
        at = self._clock.now()
        was_gone, rested = not state.breaker.closed, state.silent_since + state.device.timeout * self._clock.speed
        if not state.breaker.answered():
            return
        self._probing.answered(state, at.mono)
        for one in self.behind(state):
            if self._serial and rested > at.mono:
                self._schedule.rest(one.id, rested)
            if was_gone:
                self._schedule.rush(at.mono, one.id)

    def _online(self, state: DeviceState) -> None:
        if state.online is not True:
            state.online = True
            log.info("device.online", link=self._link, device=state.id)
            self._sink.deliver([online(state.id, True, self._clock.now())])

    def arrange(self, state: DeviceState) -> None:
        """Let the device have its turns or not."""
        if state.askable:
            self._schedule.release(state.id)
        else:
            self._schedule.hold(state.id)

    def forget_answers(self, state: DeviceState) -> None:
        """What it answers next is decoded, be it as before."""
        for poll in self._schedule.of(state.id):
            poll.answer = None
