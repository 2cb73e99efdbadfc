"""Against a real broker, and against small servers that behave as brokers should not."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from runtime.errors import PublishRefused, UplinkError
from runtime.mqtt.client import WINDOW, Broker, Connection, Login, _Client, publish
from runtime.mqtt.message import Message
from tests.unit.conftest import Mosquitto
from tests.unit.delivery_fakes import until


def client(broker: Mosquitto, name: str = "gw", **options: float) -> Broker:
    return Broker(broker.url, Login(name), **options)


@asynccontextmanager
async def serving(answer: bytes | None) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that answers each CONNECT with these bytes and hangs up; None: it stays silent."""
    seen: list[bytes] = []
    open_ends: set[asyncio.StreamWriter] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_ends.add(writer)
        seen.append(await reader.read(100))
        if answer is None:
            await reader.read()
        else:
            writer.write(answer)
        writer.close()
        open_ends.discard(writer)

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}", seen
        await until(lambda: not open_ends)


async def take_over(mosquitto: Mosquitto, first: Connection) -> None:
    """Connect under the name of ``first``, which throws it out."""
    async with client(mosquitto).connect() as second:
        with pytest.raises(UplinkError, match=r"uplink\.closed"):  # mosquitto 2.0.11 hangs up without a word
            await first.receive()
        await publish(second, "other", b"x")


async def test_what_is_published_arrives(mosquitto: Mosquitto) -> None:
    async with client(mosquitto, "hq").connect() as hq, client(mosquitto).connect() as gateway:
        await hq.subscribe("a/+")
        await publish(gateway, "a/b", "水".encode())
        assert await hq.receive() == [Message("a/b", "水".encode())]
        assert gateway.protocol == "5"


async def test_more_than_a_window_is_delivered_in_order(mosquitto: Mosquitto) -> None:
    payloads = [str(number).encode() for number in range(WINDOW * 20)]
    async with client(mosquitto, "hq").connect() as hq, client(mosquitto).connect() as gateway:
        await hq.subscribe("a")
        for ack in [await gateway.send("a", payload) for payload in payloads]:
            await ack
        got: list[bytes] = []
        while len(got) < len(payloads):
            got += [message.payload for message in await hq.receive()]
    assert got == payloads


async def test_a_broker_under_nagles_rule_is_not_kept_waiting(mosquitto: Mosquitto) -> None:
    async with client(mosquitto).connect() as gateway:
        assert isinstance(gateway, _Client)
        sock = gateway._client.socket()
        for _ in range(20):  # a dialogue is what makes Linux delay its ACKs
            await publish(gateway, "a/b", b"x")
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK)


async def test_a_refused_publish_is_an_error_and_the_connection_lives(mosquitto: Mosquitto) -> None:
    mosquitto.stop()
    mosquitto.deny("secret")
    await mosquitto.start()
    async with client(mosquitto).connect() as gateway:
        with pytest.raises(PublishRefused) as caught:
            await publish(gateway, "secret", b"x")
        assert caught.value.code == "uplink.refused"
        await publish(gateway, "open", b"x")


async def test_a_stopped_broker_ends_every_wait(mosquitto: Mosquitto) -> None:
    async with client(mosquitto).connect() as gateway:
        waiting = asyncio.get_running_loop().create_task(gateway.receive())
        await asyncio.sleep(0)
        mosquitto.stop()
        with pytest.raises(UplinkError, match=r"uplink\.closed"):
            await waiting
        with pytest.raises(UplinkError):
            await publish(gateway, "a", b"x")


async def test_the_will_is_published_when_the_connection_breaks(mosquitto: Mosquitto) -> None:
    async with client(mosquitto, "hq").connect() as hq:
        await hq.subscribe("state")
        async with client(mosquitto).connect(Message("state", b"gone", True)) as first:
            await take_over(mosquitto, first)
        assert [m.payload for m in await hq.receive()] == [b"gone"]


async def test_being_thrown_out_by_our_own_name_is_told_apart() -> None:
    async with serving(b"\x20\x03\x00\x00\x00" + b"\xe0\x02\x8e\x00") as (url, _):
        broker = Broker(url, Login("gw"), deadline=2.0)
        with pytest.raises(UplinkError, match=r"uplink\.taken-over"):
            async with broker.connect() as connection:
                await connection.receive()


async def test_nothing_listens() -> None:
    async with serving(b"") as (url, _):
        pass
    with pytest.raises(UplinkError, match=r"uplink\.nobody-listens"):
        async with Broker(url, Login("gw")).connect():
            pass


@pytest.mark.parametrize(
    ("url", "code"),
    [("mqtt://no-such-host.invalid:1883", "uplink.dns"), ("mqtt://127.0.0.1:1", "uplink.nobody-listens")],
)
async def test_why_there_is_no_connection(url: str, code: str) -> None:
    with pytest.raises(UplinkError) as caught:
        async with Broker(url, Login("gw"), deadline=5.0).connect():
            pass
    assert caught.value.code == code


async def test_a_dns_that_does_not_answer_costs_the_deadline_only(monkeypatch: pytest.MonkeyPatch) -> None:
    async def no_answer(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", no_answer)
    with pytest.raises(UplinkError, match=r"uplink\.dns"):
        async with Broker("mqtt://broker.example:1883", Login("gw"), deadline=0.2).connect():
            pass


async def test_a_black_hole_is_told_from_a_dead_name() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as full:
        port = full.getsockname()[1]
        # A full backlog swallows further connection requests, as a dead route does.
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        with pytest.raises(UplinkError, match=r"uplink\.no-answer"):
            async with Broker(f"mqtt://127.0.0.1:{port}", Login("gw"), deadline=0.5).connect():
                pass
        for one in waiting:
            one.close()


async def test_the_password_is_read_for_each_connection(mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    broker = Broker(mosquitto.url, Login("gw", "gw", "env:PLANTGATE_TEST_PW"))
    with pytest.raises(UplinkError, match=r"secret\.missing"):
        async with broker.connect():
            pass
    monkeypatch.setenv("PLANTGATE_TEST_PW", "secret")
    async with broker.connect():
        pass


async def test_a_message_longer_than_the_broker_takes_is_refused_and_the_connection_lives(
    mosquitto: Mosquitto,
) -> None:
    mosquitto.stop()
    mosquitto.configure("max_packet_size 1000")
    await mosquitto.start()
    async with client(mosquitto).connect() as gateway:
        with pytest.raises(PublishRefused) as caught:
            await publish(gateway, "a", b"x" * 1000)
        assert (caught.value.code, caught.value.arguments["most"]) == ("uplink.too-long", 1000)
        await publish(gateway, "a", b"x" * 980)


async def test_the_brokers_window_is_kept() -> None:
    flying: list[int] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(200)
        writer.write(b"\x20\x06\x00\x00\x03\x21\x00\x02")  # receive maximum 2
        while packet := await reader.read(1000):
            if packet[0] == 0x32:
                flying.append(packet.count(b"payload"))
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        broker = Broker(f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}", Login("gw"), deadline=2.0)
        async with broker.connect() as connection:
            for _ in range(2):
                await connection.send("a", b"payload")
            third = asyncio.get_running_loop().create_task(connection.send("a", b"payload"))
            await until(lambda: sum(flying) == 2)
            await asyncio.sleep(0)
            assert not third.done()
            third.cancel()


async def test_a_silent_server_costs_the_deadline_of_both_versions_only() -> None:
    async with serving(None) as (url, seen):
        with pytest.raises(UplinkError, match=r"uplink\.silent"):
            async with Broker(url, Login("gw"), deadline=0.5).connect():
                pass
        assert [connect[8] for connect in seen] == [5, 4]  # the protocol level


@pytest.mark.parametrize(
    "answer", [b"\x20\x02\x00\x01", b"\x20\x03\x00\x84\x00", b""], ids=["as 3.1.1", "as 5", "hangs up"]
)
async def test_an_old_broker_is_tried_with_the_old_version(answer: bytes) -> None:
    async with serving(answer) as (url, seen):
        broker = Broker(url, Login("gw"), deadline=2.0)
        with pytest.raises(UplinkError):
            async with broker.connect():
                pass
    assert [connect[8] for connect in seen] == [5, 4]  # byte 8 of CONNECT is the protocol level


async def test_the_old_version_is_remembered() -> None:
    seen: list[int] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while packet := await reader.read(200):
            if packet[0] == 0x10:
                seen.append(packet[8])
                writer.write(b"\x20\x02\x00" + bytes([packet[8] == 5]))
            if packet[0] == 0xE0 or packet[8:9] == b"\x05":
                break
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        broker = Broker(f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}", Login("gw"), deadline=2.0)
        for _ in range(2):
            async with broker.connect() as connection:
                assert connection.protocol == "3.1.1"
    assert seen == [5, 4, 4]


async def test_a_silent_broker_loses_the_connection_after_the_deadline(mosquitto: Mosquitto) -> None:
    async with client(mosquitto, deadline=0.3).connect() as gateway:
        mosquitto.freeze()
        with pytest.raises(UplinkError, match=r"uplink\.timeout"):
            await publish(gateway, "a", b"x")


@pytest.mark.parametrize("url", ["http://x:1", "mqtt://", "mqtt://host:port", "broker:1883"])
async def test_a_wrong_url_is_told(url: str) -> None:
    with pytest.raises(UplinkError, match=r"uplink\.url"):
        Broker(url, Login("gw"))


async def test_connections_leave_nothing_behind(mosquitto: Mosquitto) -> None:
    broker = client(mosquitto)
    for _ in range(3):
        async with broker.connect() as gateway:
            await publish(gateway, "a", b"x")
    await until(lambda: len(asyncio.all_tasks()) == 1)


async def test_a_stop_at_the_very_moment_of_an_answer_is_not_forgotten(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    """wait_for of Python 3.11 returns the result instead of being cancelled when both come at once."""

    async def open_and_wait() -> None:
        async with client(mosquitto).connect() as gateway:
            await gateway.subscribe("a")
            await gateway.receive()

    accepted = _Client._on_subscribe
    task = asyncio.get_running_loop().create_task(open_and_wait())

    def accepted_and_cancelled(self: _Client, *arguments: object) -> None:
        accepted(self, *arguments)
        task.cancel()

    monkeypatch.setattr(_Client, "_on_subscribe", accepted_and_cancelled)
    ended, _ = await asyncio.wait({task}, timeout=5)
    task.cancel()  # or it stays for ever when it has forgotten
    assert ended
    assert task.cancelled()
