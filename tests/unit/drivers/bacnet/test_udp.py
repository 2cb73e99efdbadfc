"""Our UDP endpoint: what is wrong with a port is said, what goes wrong later is remembered."""

import asyncio
import errno

import pytest

from drivers.bacnet.udp import Place, open_endpoint
from drivers.contract import LinkDown, NoAnswer


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
    ("host", "number", "ours", "gone"),
    [
        ("127.0.0.1", errno.ENETDOWN, True, True),
        ("127.0.0.1", errno.ENETUNREACH, True, False),
        ("127.0.0.1", errno.ENETUNREACH, False, True),
        ("127.0.0.1", errno.EINVAL, True, False),
        ("127.0.0.1", errno.EHOSTUNREACH, False, False),
        ("", errno.ENETDOWN, True, False),
        ("", errno.ENETUNREACH, True, False),
    ],
)
async def test_only_a_lost_interface_ends_the_link(
    monkeypatch: pytest.MonkeyPatch, host: str, number: int, ours: bool, gone: bool
) -> None:
    monkeypatch.setattr("drivers.bacnet.udp._is_ours", lambda _: ours)
    endpoint = await open_endpoint((host, 0), ignore)
    endpoint.error_received(OSError(number, "x"))
    assert (endpoint.failure is not None) is gone
    if gone:
        with pytest.raises(LinkDown):
            endpoint.send(b"", endpoint.place)
    await endpoint.close()


@pytest.mark.parametrize("to", [("203.0.113.9", 47808), ("255.255.255.255", 0), ("127.0.0.1", 0)])
async def test_one_destination_without_a_way_is_silent_and_the_port_works_on(to: Place) -> None:
    """Bound to loopback, nothing outside can be reached: what a site sees whose default route is missing."""
    received: asyncio.Queue[bytes] = asyncio.Queue()
    ear = await open_endpoint(("127.0.0.1", 0), lambda data, _: received.put_nowait(data))
    mouth = await open_endpoint(("127.0.0.1", 0), ignore)
    with pytest.raises(NoAnswer) as caught:
        mouth.send(b"hello", to)
    assert caught.value.code == "bacnet.no-route"
    mouth.send(b"hello", ear.place)
    assert await asyncio.wait_for(received.get(), 1) == b"hello"
    await ear.close()
    await mouth.close()
