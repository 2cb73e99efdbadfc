"""Which template a BACnet device probably is, asked as the device wants to be asked."""

from dataclasses import replace

import pytest

from drivers.bacnet.guess import guess
from drivers.points import Kind
from drivers.templates import BacnetSource, Template, TemplatePoint
from emulators.bacnet import BacnetServer, BacnetUnit

OTHER = Template(
    "other",
    {},
    "bacnet",
    tuple(TemplatePoint(f"p{n}", {}, Kind.ANALOG, BacnetSource("analog-value", 900 + n)) for n in range(3)),
)


@pytest.mark.parametrize("fault", [None, "no-rpm", "error"])
async def test_the_objects_that_are_there_speak_for_the_template(
    server: BacnetServer, units: list[BacnetUnit], fault: str | None
) -> None:
    if fault:
        units[0].faults.add(fault)
    template = units[0].template
    found = await guess(server.address(2001), [OTHER, replace(template, id="same")], 1.0)
    assert [candidate.template for candidate in found] == ([] if fault == "error" else ["same"])
    if found:
        assert found[0].asked == found[0].answered == len(template.points)


async def test_a_silent_device_fits_nothing(server: BacnetServer, units: list[BacnetUnit]) -> None:
    units[0].faults.add("silent")
    assert await guess(server.address(2001), [units[0].template], 0.2) == []
