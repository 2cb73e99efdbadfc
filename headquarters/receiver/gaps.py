"""When a receiver asks again: which epochs are incomplete, since when, and how long to be patient.

Gateways are written ``org/site/gateway`` here.
"""

from collections import Counter
from dataclasses import dataclass

from drivers.points import Instant
from headquarters.contract.protocol import Birth, State
from headquarters.stores.values import Watermark

PATIENCE = 3.0
"""Seconds a gap may last before it is asked for: reordering is over by then."""
BACKLOG_PATIENCE = 60.0
"""Seconds without progress inside an announced backlog, which comes by itself."""
LONGEST_PATIENCE = 60.0
"""Seconds between questions that bring nothing."""
OFFLINE_PATIENCE = 600.0
"""Seconds between questions to a gateway that is not there: it may be there under another name, and hear them."""
ASKED_TOGETHER = 20
"""Epochs of one gateway that are asked for in one look: one that announces thousands must not keep others waiting."""


@dataclass(slots=True)
class EpochProgress:
    """What is known about one epoch of one gateway."""

    seq: int
    since: Instant
    """When ``seq`` last moved, or when we last asked."""
    head: int = 0
    """Highest seq the gateway announced."""
    backlog: range = range(0)
    patience: float = PATIENCE
    asked: int = 0
    """Last seq we asked for; once it is there, more may be asked for at once."""


class Gaps:
    """Watches progress and says which epochs have waited long enough. Knows no store and no network."""

    def __init__(self) -> None:
        """Nothing known yet."""
        self._progress: dict[tuple[str, str], EpochProgress] = {}
        self._heard: set[str] = set()
        self._offline: set[str] = set()

    def heard(self, gateway: str) -> None:
        """A gateway said something."""
        self._heard.add(gateway)

    def born(self, gateway: str, birth: Birth, at: Instant) -> None:
        """A gateway connected and announced its head and backlog."""
        backlog = range(birth.backlog_first, birth.backlog_last + 1) if birth.backlog_first else range(0)
        self._renewed(gateway, birth.epoch, birth.head, at, backlog)
        for former in birth.former:
            # The state that follows says whether any of it is still to be sent.
            self._renewed(gateway, former.epoch, former.head, at, range(1, former.head + 1))
        self._offline.discard(gateway)

    def stated(self, gateway: str, state: State, at: Instant) -> None:
        """A gateway announced its head, or its broker that it is gone."""
        self._announced(gateway, state.epoch, state.head, at)
        if not state.unsent:
            # All of it was sent, former epochs included: what we miss of it does not come by itself.
            for (of, _), progress in self._progress.items():
                if of == gateway:
                    progress.backlog = range(0)
        if state.online:
            self._offline.discard(gateway)
        else:
            self._offline.add(gateway)

    def moved(self, watermark: Watermark, at: Instant) -> None:
        """The store of this receiver has got so far, and awaits what it was ever told of, in whichever process."""
        progress = self._announced(watermark.gateway, watermark.epoch, watermark.awaited, at)
        progress.head = watermark.awaited
        if progress.seq != watermark.seq:
            progress.seq, progress.since = watermark.seq, at
            progress.patience = 0.0 if 0 < progress.asked <= watermark.seq else PATIENCE

    def answered(self, gateway: str, epoch: str) -> None:
        """What we asked for is gone: the next question needs no patience."""
        progress = self._progress.get((gateway, epoch))
        if progress:
            progress.patience = 0.0

    def asked(self, gateway: str, epoch: str, last: int) -> None:
        """We asked for events up to ``last``."""
        self._progress[gateway, epoch].asked = last

    def due(self, at: Instant) -> list[tuple[str, str]]:
        """(gateway, epoch) of what should be asked for now; asking again takes twice as long."""
        late, counts = [], Counter[str]()
        for (gateway, epoch), progress in self._progress.items():
            if progress.head <= progress.seq or counts[gateway] >= ASKED_TOGETHER:
                continue
            if at.since(progress.since) >= self._patience(gateway, progress):
                late.append((gateway, epoch))
                counts[gateway] += 1
                progress.since, progress.patience = at, min(max(progress.patience * 2, PATIENCE), LONGEST_PATIENCE)
        return late

    def _patience(self, gateway: str, progress: EpochProgress) -> float:
        if gateway in self._offline or gateway not in self._heard:
            return OFFLINE_PATIENCE
        announced = progress.seq + 1 in progress.backlog
        return max(progress.patience, BACKLOG_PATIENCE if announced else 0.0)

    def missing(self) -> int:
        """Events that gateways announced and the store does not hold without a gap."""
        return sum(max(0, progress.head - progress.seq) for progress in self._progress.values())

    def _renewed(self, gateway: str, epoch: str, head: int, at: Instant, backlog: range) -> None:
        progress = self._announced(gateway, epoch, head, at)
        progress.backlog, progress.since, progress.patience = backlog, at, PATIENCE

    def _announced(self, gateway: str, epoch: str, head: int, at: Instant) -> EpochProgress:
        progress = self._progress.setdefault((gateway, epoch), EpochProgress(0, at))
        if progress.head <= progress.seq < head:
            progress.since = at  # the gap begins now
        progress.head = max(progress.head, head)
        return progress
