"""The serial channel on descriptors that misbehave."""

import asyncio
import os
import socket
from collections.abc import Iterator

import pytest

from drivers.contract import LinkDown
from drivers.modbus.conversation import Conversation
from drivers.modbus.serialport import SerialChannel


class Heard(Conversation):
    """Keeps what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.data = b""
        self.down: list[str] = []

    def receive(self, data: bytes) -> None:
        self.data += data

    def lost(self, error: LinkDown) -> None:
        super().lost(error)
        self.down.append(error.code)


@pytest.fixture
def ends() -> Iterator[tuple[int, socket.socket]]:
    """A descriptor for the channel, which closes it, and the other end."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with theirs:
        yield ours.detach(), theirs


async def _turn() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_bytes_go_both_ways(ends: tuple[int, socket.socket]) -> None:
    heard = Heard()
    channel = SerialChannel(ends[0], heard)
    channel.send(b"ask")
    ends[1].send(b"answer")
    await _turn()
    assert (ends[1].recv(10), heard.data) == (b"ask", b"answer")
    channel.abort()
    channel.abort()


async def test_a_hangup_is_told_once_and_does_not_spin(ends: tuple[int, socket.socket]) -> None:
    heard = Heard()
    channel = SerialChannel(ends[0], heard)
    ends[1].close()
    await _turn()
    assert (heard.down, heard.closed) == (["link.unplugged"], True)
    with pytest.raises(LinkDown):
        channel.send(b"ask")


async def test_a_port_that_takes_nothing_keeps_no_second_request(ends: tuple[int, socket.socket]) -> None:
    while True:
        try:
            os.write(ends[0], bytes(65536))
        except BlockingIOError:
            break
    channel = SerialChannel(ends[0], Heard())
    channel.send(b"first")
    with pytest.raises(LinkDown) as caught:
        channel.send(b"second")
    assert caught.value.code == "link.port-stuck"
    channel.abort()


async def test_the_rest_follows_when_the_port_takes_more(ends: tuple[int, socket.socket]) -> None:
    channel, request = SerialChannel(ends[0], Heard()), bytes(range(256)) * 4096
    channel.send(request)
    received = b""
    ends[1].setblocking(False)
    while len(received) < len(request):
        received += ends[1].recv(65536)
        await _turn()
    assert received == request
    channel.abort()
