"""The settings of a serial line, tried until a device answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from agent.doctor.line import answering_settings, other_settings, usual_settings
from drivers.contract import NoAnswer
from drivers.links import parse_link
from drivers.modbus.asking import Asker
from drivers.modbus.options import endpoint_of
from drivers.modbus.transaction import Check
from drivers.points import Reason

LINK = parse_link("modbus-rtu:///dev/ttyUSB0?baud=19200&parity=E&gap=5")


class Line:
    """A device that answers under one URL only; under any other there is noise."""

    def __init__(self, right: str) -> None:
        self.right = right
        self.tried: list[str] = []

    @asynccontextmanager
    async def opened(self, url: str) -> AsyncIterator[Asker]:
        self.tried.append(url)
        yield self

    async def ask(self, unit: int, pdu: bytes, check: Check, seconds: float) -> bytes:
        if self.tried[-1] != self.right:
            raise NoAnswer("modbus.damaged", reason=Reason.DECODE, unit=unit)
        return check(bytes([pdu[0], 2, 0, 7]))


def test_every_other_setting_is_tried_once_and_the_present_baud_first() -> None:
    urls = list(other_settings(LINK))
    assert len(urls) == len(set(urls)) == 5 * 4 - 1
    assert all("baud=19200" in url for url in urls[:3])
    assert all("gap=5" in url for url in urls)
    for url in urls:
        endpoint_of(parse_link(url))


@pytest.mark.parametrize("number", [0, 7, 18])
async def test_the_setting_that_answers_is_found(number: int) -> None:
    line = Line(list(other_settings(LINK))[number])
    assert await answering_settings(other_settings(LINK), [1], 0.5, line.opened) == line.right
    assert len(line.tried) == number + 1


async def test_a_dead_line_has_none() -> None:
    line = Line("")
    assert await answering_settings(other_settings(LINK), [1], 0.5, line.opened) is None


async def test_every_unit_is_asked_under_each_setting_and_told_before() -> None:
    urls, told = usual_settings(LINK), list[tuple[str, int]]()
    assert urls[0] == "modbus-rtu:///dev/ttyUSB0?baud=19200&parity=E&gap=5&stop=1"
    line = Line(urls[2])
    found = await answering_settings(urls, [1, 9], 0.5, line.opened, lambda url, unit: told.append((url, unit)))
    assert (found, told) == (urls[2], [*((url, unit) for url in urls[:2] for unit in (1, 9)), (urls[2], 1)])
    assert len(set(urls)) == 5 * 4
