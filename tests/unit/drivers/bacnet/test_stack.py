"""What the stack does with datagrams nobody asked for, without a socket."""

import asyncio
import subprocess
import sys

import pytest
from structlog.testing import capture_logs

from drivers.bacnet.services import Service
from drivers.bacnet.stack import Stack, step
from drivers.bacnet.udp import Place
from drivers.contract import LinkDown, NoAnswer, Refused

PEER = ("10.0.0.9", 47808)
HEAD = "810a00{:02x}0100"


class Port:
    """Datagrams go into a list."""

    place = ("10.0.0.1", 47808)

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.broken = False

    def send(self, data: bytes, to: Place) -> None:
        if self.broken:
            raise LinkDown("link.not-open")
        self.sent.append(data)


@pytest.fixture
def port() -> Port:
    return Port()


@pytest.fixture
def stack(port: Port) -> Stack:
    return Stack(port)


def datagram(apdu: str) -> bytes:
    return bytes.fromhex(HEAD.format(6 + len(apdu) // 2) + apdu)


async def asked(stack: Stack, answers: list[bytes]) -> bytes:
    """What comes of one question when ``answers`` arrive for it."""
    asyncio.get_running_loop().call_soon(lambda: [stack.receive(answer, PEER) for answer in answers])
    async with asyncio.timeout(0.05):
        return await stack.ask(PEER, Service.READ_PROPERTY, b"\x01")


async def test_a_question_is_one_datagram_and_its_answer_stays_bytes(stack: Stack, port: Port) -> None:
    assert await asked(stack, [datagram("30000c" + "abcdef")]) == bytes.fromhex("abcdef")
    assert [data.hex() for data in port.sent] == ["810a000b" + "0104" + "0265000c" + "01"]


@pytest.mark.parametrize(
    ("apdu", "error", "number"),
    [
        ("50000c" + "91029128", Refused, 40),
        ("600009", Refused, 9),
        ("710004", Refused, 4),
        ("50000c" + "44", NoAnswer, None),
        ("50000c", NoAnswer, None),
    ],
)
async def test_every_refusal_is_an_error_of_the_contract(
    stack: Stack, apdu: str, error: type[Exception], number: int | None
) -> None:
    with pytest.raises(error) as caught:
        await asked(stack, [datagram(apdu)])
    assert getattr(caught.value, "number", None) == number


@pytest.mark.parametrize(
    "stray",
    [
        "30010c" + "00",  # another invoke id
        "30",  # nothing behind the type
        "f0000c",  # no such type
        "40000101",  # a segment acknowledgement out of turn
        "00040100" + "00",  # a request to us
        "1008",  # who is
    ],
)
async def test_a_stray_datagram_does_not_disturb_the_answer(stack: Stack, stray: str) -> None:
    assert await asked(stack, [datagram(stray), datagram("30000c" + "aa")]) == b"\xaa"


async def test_an_answer_from_another_place_is_not_taken(stack: Stack) -> None:
    asyncio.get_running_loop().call_soon(stack.receive, datagram("30000caa"), ("10.0.0.8", 47808))
    with pytest.raises(TimeoutError):
        await asked(stack, [])


async def test_a_request_to_us_is_rejected(stack: Stack, port: Port) -> None:
    stack.receive(datagram("0004070c" + "0c000000051955"), PEER)
    assert port.sent[0].hex() == "810a0009" + "0100" + "600709"


@pytest.mark.parametrize(
    "nonsense", [b"", b"HTTP/1.1", b"\x81", b"\x81\x0a\x00\xff", b"\x81\x0a\x00\x05\xff", b"\x81\xff\x00\x04"]
)
async def test_nonsense_is_named_once_a_sender(stack: Stack, nonsense: bytes) -> None:
    with capture_logs() as logs:
        for _ in range(3):
            stack.receive(nonsense, PEER)
    assert [(entry["event"], entry["peer"]) for entry in logs] == [("bacnet.nonsense", "10.0.0.9:47808")]


async def test_thousands_of_unanswered_questions_keep_nothing(stack: Stack, port: Port) -> None:
    for _ in range(600):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await stack.ask(PEER, Service.READ_PROPERTY, b"")
    assert await asked(stack, [datagram("30580c" + "aa")]) == b"\xaa"
    assert len(port.sent) == 601


async def test_more_questions_than_invoke_ids_do_not_hang(stack: Stack) -> None:
    crowd = [asyncio.ensure_future(stack.ask(PEER, Service.READ_PROPERTY, b"")) for _ in range(257)]  # noqa: TID251
    done, waiting = await asyncio.wait(crowd, timeout=0.05)
    assert [type(task.exception()) for task in done] == [NoAnswer]
    for task in waiting:
        task.cancel()
    assert len(waiting) == 256


async def test_a_broken_port_is_a_link_down(stack: Stack, port: Port) -> None:
    port.broken = True
    with pytest.raises(LinkDown):
        await stack.ask(PEER, Service.READ_PROPERTY, b"")


async def test_a_reply_that_cannot_be_sent_is_reported(stack: Stack, port: Port) -> None:
    port.broken = True
    with capture_logs() as logs:
        stack.receive(datagram("0004070c" + "0c000000051955"), PEER)
    assert [entry["event"] for entry in logs] == ["bacnet.cannot-reply"]


def test_a_coroutine_that_wants_to_wait_is_a_bug() -> None:
    with pytest.raises(RuntimeError):
        step(asyncio.sleep(0))


def test_naming_a_bacnet_source_does_not_load_the_stack() -> None:
    look = "import sys, drivers.links, drivers.templates, drivers.bacnet.source; print('bacpypes3' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
