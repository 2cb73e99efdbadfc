"""Each lie, as bytes."""

import pytest

from drivers.modbus.rtu import intact, wrap
from emulators.modbus.faults import LIES, RTU_LIES, DelayedBytes, UnframedAnswer, parse_fault, tell

ANSWER = UnframedAnswer(1, 5, bytes.fromhex("030400010002"))
RTU_ANSWER = UnframedAnswer(None, 5, ANSWER.pdu, bytes.fromhex("0300000002"))
HONEST_RTU = wrap(5, ANSWER.pdu).hex()
HONEST = "000100000007" + "05" + "030400010002"


@pytest.mark.parametrize(
    ("fault", "sent"),
    [
        ("wrong-tid", "5a5b000000070503040001" + "0002"),
        ("wrong-unit", "00010000000706030400010002"),
        ("wrong-function", "00010000000705040400010002"),
        ("wrong-byte-count", "00010000000505" + "03020001"),
        ("truncated", HONEST[:-2]),
        ("duplicate", HONEST * 2),
        ("half-open", ""),
        ("exception", "00010000000305" + "8304"),
        ("exception:6", "00010000000305" + "8306"),
        ("bad:level", HONEST),
    ],
)
def test_what_is_sent(fault: str, sent: str) -> None:
    assert b"".join(sending.data for sending in tell(ANSWER, {fault})).hex() == sent


@pytest.mark.parametrize(
    ("fault", "sent"),
    [
        ("crc", HONEST_RTU.replace("050304000", "050304010")),
        ("other-unit", wrap(6, ANSWER.pdu).hex()),
        ("truncated", HONEST_RTU[:-2]),
        ("echo", wrap(5, RTU_ANSWER.request).hex() + HONEST_RTU),
        ("silence", ""),
        ("wrong-tid", HONEST_RTU),
        ("bad:level", HONEST_RTU),
    ],
)
def test_what_is_sent_on_a_serial_line(fault: str, sent: str) -> None:
    assert b"".join(sending.data for sending in tell(RTU_ANSWER, {fault})).hex() == sent


def test_noise_ends_with_the_truth_and_a_collision_does_not() -> None:
    assert tell(RTU_ANSWER, {"noise"})[0].data.hex().endswith(HONEST_RTU)
    collided = tell(RTU_ANSWER, {"collision"})[0].data
    assert len(collided) == len(HONEST_RTU) // 2
    assert not intact(collided)


def test_a_serial_lie_changes_nothing_on_tcp() -> None:
    assert tell(ANSWER, {"crc"}) == tell(ANSWER, set())


def test_drip_sends_everything_a_byte_at_a_time() -> None:
    sent = tell(ANSWER, {"drip"})
    assert b"".join(sending.data for sending in sent).hex() == HONEST
    assert [len(sending.data) for sending in sent] == [1] * len(sent)
    assert [sending.delay for sending in sent] == sorted({sending.delay for sending in sent})


def test_late_and_reset() -> None:
    assert tell(ANSWER, {"late"})[0].delay > 0
    assert tell(ANSWER, {"reset"}) == [DelayedBytes(reset=True)]


WRONG = [
    "",
    "nonsense",
    "late:",
    "late:5:6",
    "exception:x:y",
    "exception:999",
    "exception:0",
    "exception:2:a:b",
    ":level",
]


@pytest.mark.parametrize("fault", WRONG)
def test_what_is_no_lie(fault: str) -> None:
    assert parse_fault(fault, LIES | RTU_LIES) is None


@pytest.mark.parametrize(
    ("fault", "point"), [("late", ""), ("late:level", "level"), ("exception:2", ""), ("exception:2:level", "level")]
)
def test_a_lie_may_be_about_one_point(fault: str, point: str) -> None:
    parsed = parse_fault(fault, LIES)
    assert parsed is not None
    assert parsed.point == point
    assert tell(ANSWER, {fault}, lambda name: name == "level") != tell(ANSWER, set())
    assert (tell(ANSWER, {fault}, lambda _: False) == tell(ANSWER, set())) is bool(point)


def test_every_lie_differs_from_the_truth() -> None:
    assert all(lie(ANSWER) != tell(ANSWER, set()) for lie in LIES.values())
