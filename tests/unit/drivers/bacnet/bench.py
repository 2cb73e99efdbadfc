"""A small kind of BACnet device, and reading all of it as the link task does."""

from collections.abc import Awaitable, Callable

from drivers.contract import Driver, Refused
from drivers.points import Instant, Kind, Reading
from drivers.templates import BacnetSource, Device, Template, TemplatePoint

AT = Instant("boot", 1.0, 1.0)
DOORS = ((0, "closed"), (1, "opened"))
MODES = ((1, "off"), (2, "auto"))

Poll = Callable[..., Awaitable[dict[str, Reading]]]


def point(name: str, kind: Kind, type: str, instance: int = 1, **more: object) -> TemplatePoint:
    source = {key: more.pop(key) for key in ("property", "states", "scale", "offset", "priority") if key in more}
    return TemplatePoint(name, {}, kind, BacnetSource(type, instance, **source), **more)


TEMPLATE = Template(
    "air-handler",
    {},
    "bacnet",
    (
        point("level", Kind.ANALOG, "analog-input", low=0, high=100),
        point("run", Kind.BINARY, "binary-input"),
        point("mode", Kind.ENUM, "multi-state-value", states=MODES),
        point("setpoint", Kind.ANALOG, "analog-value"),
        point("valve", Kind.BINARY, "binary-output"),
        point("fire", Kind.ENUM, "life-safety-point", states=((0, "quiet"), (2, "alarm"), (3, "fault"))),
        point("floor", Kind.COUNTER, "lift", property="car-position"),
        point("door", Kind.ENUM, "lift", property="car-door-status[1]", states=DOORS),
    ),
)
VALUES = {"level": 42.5, "run": True, "mode": "auto", "setpoint": 21.0, "fire": "quiet", "floor": 7, "door": "opened"}


async def read_all(driver: Driver, device: Device) -> list[Reading]:
    """Every reading of ``device``, its requests split as the link task does."""
    requests, readings = list(driver.plan(device)), []
    while requests:
        request = requests.pop(0)
        try:
            readings += driver.decode(request, await driver.read(request), AT)
        except Refused as refusal:
            smaller = driver.split(request, refusal)
            if not smaller:
                raise
            requests += smaller
    return readings
