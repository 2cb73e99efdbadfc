"""Which template a BACnet device probably is: its objects are read once, and every value that comes is judged."""

from collections.abc import Sequence

from drivers.bacnet.driver import BacnetDriver
from drivers.bacnet.request import BacnetRequest
from drivers.contract import NoAnswer, Refused
from drivers.points import Instant, Reading
from drivers.template_match import Candidate, likeliest, weigh
from drivers.templates import Device, Template

_NOW = Instant("", 0.0, 0.0, trusted=False)
"""Nobody looks at the time of these readings."""
_SAMPLED = 2
"""Requests of a template that are asked, of 20 objects each."""


async def guess(address: str, templates: Sequence[Template], seconds: float) -> list[Candidate]:
    """The templates that fit the device at ``address``, best first; only reads. Raises LinkDown."""
    devices = [Device(template.id, "", address, template, seconds) for template in templates]
    driver = BacnetDriver(("", 0), devices)
    await driver.open()
    try:
        return likeliest([await _judge(driver, device) for device in devices])
    finally:
        await driver.close()


async def _judge(driver: BacnetDriver, device: Device) -> Candidate:
    requests = driver.plan(device)[:_SAMPLED]
    wanted = {point for request in requests for point in request.points}
    asked = [point for point in device.template.points if f"{device.id}.{point.name}" in wanted]
    readings: list[Reading] = []
    try:
        for request in requests:
            readings += await _read(driver, request)
    except NoAnswer:
        # A device that has just announced itself and is silent now does not get more of our time.
        pass
    return weigh(device.template.id, asked, readings)


async def _read(driver: BacnetDriver, request: BacnetRequest) -> list[Reading]:
    """What the device gives, asked as it wants to be asked; nothing where it refuses in every form."""
    try:
        return driver.decode(request, await driver.read(request), _NOW)
    except Refused as refusal:
        smaller = driver.split(request, refusal)
        return [reading for part in smaller for reading in await _read(driver, part)]
