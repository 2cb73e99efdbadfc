"""Modbus devices with habits, in simulated time."""

import asyncio
from contextlib import suppress

import pytest

from drivers.contract import NoAnswer
from drivers.links import parse_link
from drivers.modbus.conversation import Conversation, StreamConversation
from drivers.modbus.driver import ModbusDriver
from drivers.modbus.options import endpoint_of
from drivers.modbus.transaction import Transactions
from drivers.templates import Device
from emulators.modbus.unit import ModbusUnit
from tests.polled import TEMPLATE
from tests.simulated import Gateway, simulated

DEAF = 0.1
"""Seconds after its answer in which the device drops what it is asked."""


class Hasty(Gateway):
    """A device that drops a request which comes too soon after its last answer."""

    def __init__(self, pause: float) -> None:
        super().__init__({1: ModbusUnit(TEMPLATE)}, 0.01, 0.01)
        self._pause = pause
        self._deaf_until = 0.0

    async def connect(self, transactions: Transactions) -> Conversation:
        """With the pause of the link."""
        self._conversation = StreamConversation(transactions, self._pause)
        self._conversation.attach(self)
        return self._conversation

    def send(self, data: bytes) -> None:
        """Hear it, or not."""
        now = asyncio.get_running_loop().time()
        if now >= self._deaf_until:
            self._deaf_until = now + 0.01 + DEAF
            super().send(data)


def answered(pause: float) -> int:
    async def run() -> int:
        device = Device("d", "l", "1", TEMPLATE, 0.5)
        driver = ModbusDriver(Hasty(pause), [device])
        await driver.open()
        good = 0
        for _ in range(10):
            with suppress(NoAnswer):
                good += bool(await driver.read(driver.plan(device)[0]))
        return good

    return simulated(run())


@pytest.mark.parametrize(("gap", "good"), [(0.0, 5), (0.12, 10)])
def test_a_device_that_wants_a_pause_gets_it(gap: float, good: int) -> None:
    assert answered(gap) == good


@pytest.mark.parametrize("scheme", ["modbus-tcp", "modbus-udp", "modbus-tls"])
def test_every_network_link_knows_the_pause(scheme: str) -> None:
    assert endpoint_of(parse_link(f"{scheme}://10.0.0.5?gap=120")).pause == 0.12
