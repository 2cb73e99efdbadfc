"""One look at one object without a site: what ``plantgate read bacnet://...`` shows."""

from drivers.bacnet.address import Address
from drivers.bacnet.driver import BacnetDriver
from drivers.bacnet.request import BacnetRequest, request_of
from drivers.bacnet.source import SourceError, object_key, property_key
from drivers.bacnet.udp import Place
from drivers.bacnet.values import Item
from drivers.contract import DriverError, Refused
from drivers.oneshot import OneShot
from drivers.points import Instant, Quality, Reading
from drivers.templates import BacnetSource

ANYWHERE: Place = ("", 0)
"""A free port; the kernel chooses the interface by the route to the device."""
_NOW = Instant("", 0.0, 0.0, trusted=False)
"""Nobody looks at the time of these readings."""


async def read_object(
    address: Address, object: str, property: str = "present-value", *, seconds: float = 1.0, place: Place = ANYWHERE
) -> OneShot:
    """Read one property of ``object``, such as ``analog-input,1``, with its flags.

    ``seconds`` is the longest wait for each answer, ``place`` our own endpoint. Raises SourceError for wrong usage.
    """
    item = _item(object, property)
    driver = BacnetDriver(place, [])
    try:
        await driver.open()
        reading = await _read(driver, request_of("read", "read", address, (item,), seconds))
    except DriverError as error:
        return OneShot(None, Quality.BAD, error.reason, error)
    finally:
        await driver.close()
    return OneShot(None if reading.value is None else (reading.value,), reading.quality, reading.reason)


async def _read(driver: BacnetDriver, request: BacnetRequest) -> Reading:
    """The one reading; raises DriverError when the device refuses it in every form."""
    try:
        answer = await driver.read(request)
    except Refused as refusal:
        smaller = driver.split(request, refusal)
        if not smaller:
            raise
        return await _read(driver, smaller[0])
    return driver.decode(request, answer, _NOW)[0]


def _item(object: str, property: str) -> Item:
    kind, _, instance = object.partition(",")
    if not instance.isdecimal():
        raise SourceError("bacnet.bad-object", name=object)
    source = BacnetSource(kind, int(instance), property)
    return Item(f"{object} {property}", None, object_key(source), property_key(source), source)
