"""One device as its link sees it: its breaker, its counts, its readings when it does not answer."""

from agent.breaker import Breaker, breaker_for
from agent.link.schedule import Poll
from agent.link.statistics import DeviceStatistics
from drivers.points import Instant, Quality, Reading, Reason
from drivers.templates import Device

ONLINE = "online"
"""Name of the point every device and every link has beside its template: whether it answers."""
UNDER_WAY = 4
"""Requests under way to one device where the wire takes several; more would only queue in the device."""


class DeviceState:
    """What a link knows about one of its devices."""

    def __init__(self, device: Device, *, alone: bool) -> None:
        """Nothing is known yet; ``alone`` when no other device has to wait for this one."""
        self.device = device
        self.points = tuple(point.id for point in device.all_points())
        self.breaker: Breaker = breaker_for(device.timeout, alone=alone)
        self.statistics = DeviceStatistics()
        self.online: bool | None = None
        """None until the first answer or the first failure that counts."""
        self.under_way = 0
        """Polls being asked now."""
        self.parked: list[Poll] = []
        """Polls that are due and wait until fewer are under way."""

    @property
    def id(self) -> str:
        """The device's name."""
        return self.device.id

    @property
    def full(self) -> bool:
        """Whether it has as many requests as it shall have."""
        return self.under_way >= UNDER_WAY

    def may_probe(self, now: float) -> bool:
        """Whether the pause of an open breaker is over."""
        return self.breaker.open and now >= self.breaker.retry_at

    def all_bad(self, reason: Reason, at: Instant) -> list[Reading]:
        """A bad reading of every point, and of ``online`` that it is not."""
        self.online = False
        return [*bad(self.points, reason, at), online(self.id, False, at)]

    def unreachable(self, at: Instant) -> list[Reading]:
        """Bad readings because the wire is gone; whether the device itself is there is not known then."""
        self.online = None
        self.breaker.reset()
        return bad((*self.points, f"{self.id}.{ONLINE}"), Reason.LINK_DOWN, at)

    def plain(self, missed: int) -> dict[str, object]:
        """As JSON values for ``status``."""
        return {
            "online": self.online,
            "breaker": str(self.breaker.state),
            "missed_polls": missed,
            **self.statistics.plain(),
        }


def bad(points: tuple[str, ...], reason: Reason, at: Instant) -> list[Reading]:
    """Readings without value."""
    return [Reading(point, None, Quality.BAD, reason, at) for point in points]


def online(owner: str, value: bool, at: Instant) -> Reading:
    """The reading that tells whether a device or link is there."""
    return Reading(f"{owner}.{ONLINE}", value, Quality.GOOD, Reason.NONE, at)
