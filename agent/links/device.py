"""One device as its link sees it: its breaker, its counts, its readings when it does not answer."""

from agent.links.breaker import Breaker, breaker_for
from agent.links.device_statistics import BusyTime, DeviceStatistics
from drivers.identification import Identification
from drivers.points import Instant, Quality, Reading, Reason
from drivers.templates import Device

ONLINE = "online"
"""Name of the point every device and every link has beside its template: whether it answers."""
VALUELESS = 3
"""Polls without any value, from all of a device, after which it is not online however much it answers."""
UNDER_WAY = 4
"""Requests under way to one device where the wire takes several; more would only queue in the device."""


class DeviceState:
    """What a link knows about one of its devices."""

    def __init__(self, device: Device, *, alone: bool, start: float) -> None:
        """Nothing is known yet, at monotonic ``start``; ``alone`` when no other device has to wait for this one."""
        self.device = device
        self.points = device.point_ids()
        self.breaker: Breaker = breaker_for(device.timeout, alone=alone)
        """Shared by all devices behind one unit."""
        self.statistics = DeviceStatistics(BusyTime(start))
        self.online: bool | None = None
        """None until the first value or the first failure that counts."""
        self.valueless = 0
        """Polls since its last value that brought none."""
        self.under_way = 0
        """Requests being asked now."""
        self.silent_since = 0.0
        """Monotonic second of the first silence since its last answer."""
        self.probing = False
        """Whether it is being asked whether it is there."""
        self.identity: Identification | None = None
        """Who answers; None: not asked since it was last silent or its wire was opened."""

    @property
    def id(self) -> str:
        """The device's name."""
        return self.device.id

    @property
    def recognised(self) -> bool:
        """Whether the device that answers may be believed to be this one."""
        return self.identity is not None and self.identity.matches is not False

    @property
    def askable(self) -> bool:
        """Whether it may get another poll."""
        return self.under_way < UNDER_WAY and not self.breaker.holds

    @property
    def without_value(self) -> bool:
        """Whether it answers, but gives no value any more."""
        return self.valueless >= VALUELESS

    @property
    def last_code(self) -> str:
        """Message code of what it did last instead of answering well; empty while it did nothing of that."""
        return self.statistics.last_error.code if self.statistics.last_error else ""

    def all_bad(self, reason: Reason, at: Instant) -> list[Reading]:
        """A bad reading of every point, and of ``online`` that it is not."""
        self.online = False
        return [*bad(self.points, reason, at), online(self.id, False, at)]

    def unreachable(self, at: Instant) -> list[Reading]:
        """Bad readings because the wire is gone; whether the device itself is there is not known then."""
        self.online = None
        self.breaker.reset()
        return bad((*self.points, f"{self.id}.{ONLINE}"), Reason.LINK_DOWN, at)

    def plain(self, now: float) -> dict[str, object]:
        """As JSON values for ``status``, at monotonic ``now`` of the world outside."""
        return {
            "address": self.device.address,
            "online": self.online,
            "breaker": str(self.breaker.state),
            **self.statistics.plain(now),
        }


def bad(points: tuple[str, ...], reason: Reason, at: Instant) -> list[Reading]:
    """Readings without value."""
    return [Reading(point, None, Quality.BAD, reason, at) for point in points]


def online(owner: str, value: bool, at: Instant) -> Reading:
    """The reading that tells whether a device or link is there."""
    return Reading(f"{owner}.{ONLINE}", value, Quality.GOOD, Reason.NONE, at)
