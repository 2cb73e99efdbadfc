"""Requests as clients send them, cut anywhere."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.rtu import MAX_FRAME, wrap
from emulators.modbus.framing import Asked, MbapRequests, RtuRequests, Unreadable

PDUS = [bytes.fromhex(pdu) for pdu in ("0300000002", "0600010007", "1000010002040001000f", "2b0e0100", "0100000009")]
RTU = [Asked(None, unit, pdu) for unit, pdu in enumerate(PDUS, 1)]
MBAP = [Asked(9, unit, pdu) for unit, pdu in enumerate(PDUS, 1)]


def _mbap(asked: Asked) -> bytes:
    return b"\0\x09\0\0" + (len(asked.pdu) + 1).to_bytes(2, "big") + bytes([asked.unit]) + asked.pdu


@given(cuts=st.lists(st.integers(0, 70), max_size=6))
def test_requests_survive_any_segmentation_on_tcp(cuts: list[int]) -> None:
    framing, wire = MbapRequests(), b"".join(map(_mbap, MBAP))
    pieces = itertools.pairwise([0, *sorted(cuts), len(wire)])
    assert [asked for a, b in pieces for asked in framing.feed(wire[a:b])] == MBAP


@pytest.mark.parametrize("asked", RTU, ids=lambda asked: asked.pdu.hex())
def test_a_request_is_found_behind_noise_on_rtu(asked: Asked) -> None:
    framing = RtuRequests()
    assert list(framing.feed(b"\xff\x00\x55" + wrap(asked.unit, asked.pdu))) == [asked]


def test_requests_come_byte_by_byte_and_together() -> None:
    known = [asked for asked in RTU if asked.pdu[0] != 0x2B]
    wire = b"".join(wrap(asked.unit, asked.pdu) for asked in known)
    framing = RtuRequests()
    assert [asked for byte in wire for asked in framing.feed(bytes([byte]))] == known
    assert list(RtuRequests().feed(wire)) == known


@given(noise=st.binary(max_size=1000))
def test_the_buffer_is_bounded(noise: bytes) -> None:
    framing = RtuRequests()
    list(framing.feed(noise))
    assert len(framing._buffer) <= MAX_FRAME


@pytest.mark.parametrize("head", ["00010001000601", "00010000000001", "0001000000ff01"])
def test_what_is_not_modbus_tcp(head: str) -> None:
    with pytest.raises(Unreadable):
        list(MbapRequests().feed(bytes.fromhex(head)))
