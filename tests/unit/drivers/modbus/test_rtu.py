"""The answer to a request among anything else on the line, and the times of the standard."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.rtu import MAX_FRAME, AnswerFinder, Timing, intact, wrap
from drivers.points import Reason

READ = bytes.fromhex("0300000002")
ANSWER = wrap(1, bytes.fromhex("030400010002"))


def test_the_checksum_is_that_of_the_standard() -> None:
    assert wrap(1, bytes.fromhex("0300000001")).hex() == "010300000001840a"


@given(noise=st.binary(max_size=700), cuts=st.lists(st.integers(0, 700), max_size=5))
def test_the_answer_is_found_behind_any_noise_cut_anywhere(noise: bytes, cuts: list[int]) -> None:
    finder, wire = AnswerFinder(1, READ), noise + ANSWER
    places = [0, *sorted(cuts), len(wire)]
    found = [finder.feed(wire[a:b]) for a, b in itertools.pairwise(places)]
    assert {frame.pdu for frame in found if frame} == {ANSWER[1:-2]}


@given(noise=st.binary(max_size=2000))
def test_noise_is_never_an_answer_and_never_piles_up(noise: bytes) -> None:
    finder = AnswerFinder(1, READ)
    assert finder.feed(noise) is None
    assert len(finder._buffer) <= MAX_FRAME
    assert finder.verdict(1.0).reason is (Reason.DECODE if noise else Reason.NO_ANSWER)


@given(place=st.integers(0, len(ANSWER) * 8 - 1))
def test_one_flipped_bit_is_noticed(place: int) -> None:
    damaged = bytearray(ANSWER)
    damaged[place // 8] ^= 1 << place % 8
    assert AnswerFinder(1, READ).feed(bytes(damaged)) is None


@pytest.mark.parametrize(
    ("request_pdu", "answer_pdu"),
    [
        ("0100000009", "01020100"),
        ("0200000001", "020101"),
        ("0300000001", "03020007"),
        ("0400000001", "04020007"),
        ("0500010000", "0500010000"),
        ("0600010007", "0600010007"),
        ("1000010002040001000f", "1000010002"),
        ("2b0e0100", "2b0e01010000010004" + b"ACME".hex()),
        ("2b0e0100", "ab01"),
        ("0300000001", "8302"),
    ],
)
def test_the_answer_of_each_function_behind_its_echo(request_pdu: str, answer_pdu: str) -> None:
    finder = AnswerFinder(9, bytes.fromhex(request_pdu), echoes=True)
    assert finder.feed(finder.sent) is None
    frame = finder.feed(wrap(9, bytes.fromhex(answer_pdu)))
    assert frame is not None
    assert (frame.unit, frame.pdu.hex(), finder.echoed) == (9, answer_pdu, True)


def test_only_an_echo_is_silence() -> None:
    finder = AnswerFinder(1, READ)
    finder.feed(finder.sent)
    assert finder.verdict(1.0).code == "modbus.silent"


@pytest.mark.parametrize(
    ("baud", "milliseconds"), [(1200, 32.083), (9600, 4.010), (19200, 2.005), (38400, 1.75), (115200, 1.75)]
)
def test_the_pause_between_frames(baud: int, milliseconds: float) -> None:
    assert Timing(baud).gap * 1000 == pytest.approx(milliseconds, abs=0.001)


def test_a_device_may_want_a_longer_pause_and_every_byte_costs() -> None:
    timing = Timing(9600, pause=0.04)
    assert timing.gap == 0.04
    assert timing.cost.byte == pytest.approx(11 / 9600)
    assert timing.cost.request > 2 * 0.04 + 13 * 11 / 9600


@pytest.mark.parametrize("frame", [b"", b"\xff\xff", ANSWER[:-1], ANSWER + b"\1"])
def test_what_is_not_intact(frame: bytes) -> None:
    assert not intact(frame)
