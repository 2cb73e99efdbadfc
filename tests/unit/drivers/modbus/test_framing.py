"""The MBAP stream, cut anywhere."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import NoAnswer
from drivers.modbus.framing import MAX_FRAME, Frame, MbapFraming

FRAMES = [Frame(1, b"\x03\x02\x00\x01", 7), Frame(247, b"\x83\x02", 0xFFFF)]


def _wire() -> bytes:
    framing = MbapFraming()
    return b"".join(framing.wrap(frame.unit, frame.transaction, frame.pdu) for frame in FRAMES)


@given(cuts=st.lists(st.integers(0, 18), max_size=6))
def test_frames_survive_any_segmentation(cuts: list[int]) -> None:
    framing, wire, places = MbapFraming(), _wire(), [0, *sorted(cuts), None]
    pieces = [wire[a:b] for a, b in itertools.pairwise(places)]
    assert [frame for piece in pieces for frame in framing.feed(piece)] == FRAMES
    assert not framing.partial


@pytest.mark.parametrize(
    "head",
    [
        "0001000000000103",
        "0001000000010103",
        "0001000000ff0103",
        "00010000ffff0103",
        "0001000100060103",
        b"HTTP/1.1".hex(),
    ],
)
def test_nonsense_is_not_waited_for(head: str) -> None:
    with pytest.raises(NoAnswer):
        list(MbapFraming().feed(bytes.fromhex(head)))


@given(noise=st.binary(max_size=2000))
def test_the_buffer_never_holds_more_than_a_frame(noise: bytes) -> None:
    framing = MbapFraming()
    try:
        list(framing.feed(noise))
    except NoAnswer:
        return
    assert len(framing._buffer) < MAX_FRAME
