"""One look at one object of a device."""

import pytest

from drivers.bacnet.address import parse_address
from drivers.bacnet.oneshot import read_object
from drivers.bacnet.source import SourceError
from drivers.points import Quality, Reason
from emulators.bacnet import BacnetServer, BacnetUnit


@pytest.mark.parametrize(
    ("object", "property", "value"),
    [
        ("analog-input,1", "present-value", 42.5),
        ("binary-input,1", "present-value", True),
        ("multi-state-value,1", "present-value", 2),
        ("lift,1", "car-door-status[1]", 1),
        ("device,2001", "object-name", "ahu-2001"),
    ],
)
async def test_a_look_shows_the_value(server: BacnetServer, object: str, property: str, value: object) -> None:
    shot = await read_object(parse_address(server.address(2001)), object, property)
    assert (shot.values, shot.quality) == ((value,), Quality.GOOD)


@pytest.mark.parametrize(
    ("fault", "reason", "code"),
    [
        ("silent", Reason.NO_ANSWER, "bacnet.silent"),
        ("abort:4", Reason.EXCEPTION, "bacnet.abort"),
        ("unknown:level", Reason.EXCEPTION, None),
        ("out-of-service:level", Reason.OUT_OF_SERVICE, None),
    ],
)
async def test_a_look_says_why_there_is_no_value(
    server: BacnetServer, units: list[BacnetUnit], fault: str, reason: Reason, code: str | None
) -> None:
    units[0].faults.add(fault)
    shot = await read_object(parse_address(server.address(2001)), "analog-input,1", seconds=0.2)
    assert (shot.values, shot.quality, shot.reason) == (None, Quality.BAD, reason)
    assert (shot.error and shot.error.code) == code


async def test_an_overridden_value_is_shown_as_uncertain(server: BacnetServer, units: list[BacnetUnit]) -> None:
    units[0].faults |= {"overridden:level", "no-rpm"}
    shot = await read_object(parse_address(server.address(2001)), "analog-input,1")
    assert (shot.values, shot.quality) == ((42.5,), Quality.UNCERTAIN)


@pytest.mark.parametrize("object", ["analog-input", "analog-input,x", "analogue,1", "analog-input,5000000"])
async def test_wrong_usage_is_said_before_anything_is_sent(server: BacnetServer, object: str) -> None:
    with pytest.raises(SourceError):
        await read_object(parse_address(server.address(2001)), object)
    assert server.requests[2001] == 0
