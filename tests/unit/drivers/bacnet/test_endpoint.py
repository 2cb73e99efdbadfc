"""Our UDP endpoint: what is wrong with a port is said, what goes wrong later is remembered."""

import asyncio
import errno

import pytest

from drivers.bacnet.endpoint import Place, open_endpoint
from drivers.contract import LinkDown


def ignore(data: bytes, sender: Place) -> None:
    """Nobody listens."""


async def test_a_taken_port_is_named() -> None:
    first = await open_endpoint(("127.0.0.1", 0), ignore)
    place = first.place
    with pytest.raises(LinkDown) as caught:
        await open_endpoint(place, ignore)
    await first.close()
    assert caught.value.code == "bacnet.port-taken"
    assert caught.value.arguments["port"] == place[1]


async def test_an_address_that_is_not_ours_is_named() -> None:
    with pytest.raises(LinkDown) as caught:
        await open_endpoint(("192.0.2.1", 0), ignore)
    assert caught.value.code == "bacnet.no-such-interface"


async def test_a_closed_port_is_free_again() -> None:
    first = await open_endpoint(("127.0.0.1", 0), ignore)
    place = first.place
    await first.close()
    second = await open_endpoint(place, ignore)
    assert second.place == place
    await second.close()


async def test_datagrams_arrive_with_their_sender() -> None:
    received: asyncio.Queue[tuple[bytes, Place]] = asyncio.Queue()
    ear = await open_endpoint(("127.0.0.1", 0), lambda data, sender: received.put_nowait((data, sender)))
    mouth = await open_endpoint(("127.0.0.1", 0), ignore)
    mouth.send(b"hello", ear.place)
    assert await asyncio.wait_for(received.get(), 1) == (b"hello", mouth.place)
    await ear.close()
    await mouth.close()


@pytest.mark.parametrize(
    ("number", "gone"), [(errno.ENETUNREACH, True), (errno.ENETDOWN, True), (errno.EHOSTUNREACH, False)]
)
async def test_only_a_lost_interface_ends_the_link(number: int, gone: bool) -> None:
    endpoint = await open_endpoint(("127.0.0.1", 0), ignore)
    endpoint.error_received(OSError(number, "x"))
    assert (endpoint.failure is not None) is gone
    if gone:
        with pytest.raises(LinkDown):
            endpoint.send(b"", endpoint.place)
    await endpoint.close()
