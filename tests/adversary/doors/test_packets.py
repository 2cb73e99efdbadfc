"""A broker that sends more than was agreed: what a packet announces is not what it may cost."""

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from runtime.mqtt.client import PACKET_ALLOWED, Broker, Login
from runtime.mqtt.message import MAX_BYTES

MB = 1024 * 1024
HUGE = 256 * MB - 1
"""The longest remaining length MQTT can say (3.1.1, 2.2.3)."""
CONNACK = {4: b"\x20\x02\x00\x00", 5: b"\x20\x03\x00\x00\x00"}
"""By the protocol level of the CONNECT."""


def head(level: int, number: int) -> bytes:
    """Topic ``a`` and identifier of a PUBLISH with QoS 1."""
    return b"\x00\x01a" + number.to_bytes(2, "big") + (b"\x00" if level == 5 else b"")


def announcing(length: int) -> bytes:
    """The fixed header of a PUBLISH of so many bytes."""
    digits = bytearray()
    while length or not digits:
        length, digit = divmod(length, 128)
        digits.append(digit | (128 if length else 0))
    return b"\x32" + bytes(digits)


@asynccontextmanager
async def flooding(announced: int, *, old: bool) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A broker that sends one packet of ``announced`` bytes and then a short one; what it is told."""
    told: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        level = (await reader.read(200))[8]
        if old and level == 5:
            writer.write(b"\x20\x02\x00\x01")
            writer.close()
            return
        writer.write(CONNACK[level])
        writer.write(announcing(announced) + head(level, 1))
        left = announced - len(head(level, 1))
        while left > 0:
            piece = bytes(min(left, MB))
            writer.write(piece)
            await writer.drain()
            left -= len(piece)
        writer.write(announcing(len(head(level, 2)) + 5) + head(level, 2) + b"short")
        while packet := await reader.read(1000):
            told.append(packet)
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        yield f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}", told


@pytest.mark.parametrize("old", [True, False], ids=["3.1.1", "5, which ignores our limit"])
@pytest.mark.parametrize("announced", [PACKET_ALLOWED, PACKET_ALLOWED + 1, 2 * PACKET_ALLOWED, 3 * MB, HUGE])
async def test_a_packet_too_long_is_read_past_and_refused_by_its_length(announced: int, old: bool) -> None:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with flooding(announced, old=old) as (url, told), Broker(url, Login("gw")).connect() as connection:
        got = await connection.receive()
        while len(got) < 2:
            got += await connection.receive()
        assert [len(message.payload) for message in got] == [MAX_BYTES + 1, 5]
        assert got[1].payload == b"short"
        more = asyncio.get_running_loop().create_task(connection.receive())
        while b"\x40\x02\x00\x02" not in b"".join(told):  # noqa: ASYNC110 - the other end tells no event
            await asyncio.sleep(0.01)
        assert b"\x40\x02\x00\x01" in b"".join(told), "confirmed, so that the broker does not send it again"
        more.cancel()
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - most
    assert kilobytes < 32 * 1024, "as much as it takes to be read past, however long it is"
