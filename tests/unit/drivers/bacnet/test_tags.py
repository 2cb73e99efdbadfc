"""The encoding of primitive values; expected bytes are the examples of ASHRAE 135, clause 20.2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.bacnet.tags import Datum, MalformedError, Reader, TagType, application, context


@pytest.mark.parametrize(
    ("type", "value", "data"),
    [
        (TagType.NULL, None, "00"),
        (TagType.BOOLEAN, True, "11"),
        (TagType.BOOLEAN, False, "10"),
        (TagType.UNSIGNED, 72, "2148"),
        (TagType.SIGNED, 72, "3148"),
        (TagType.SIGNED, -128, "3180"),
        (TagType.REAL, 72.0, "4442900000"),
        (TagType.DOUBLE, 72.0, "55084052000000000000"),
        (TagType.TEXT, "This is a BACnet string!", "751900" + b"This is a BACnet string!".hex()),
        (TagType.ENUMERATED, 0, "9100"),
        (TagType.UNSIGNED, 65536, "23010000"),
    ],
)
def test_a_value_is_written_and_read_as_the_standard_shows(type: TagType, value: object, data: str) -> None:
    assert Reader(bytes.fromhex(data)).datum() == Datum(type, value)
    assert application(type, value).hex() == data


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("8204a0", (True, False, True, False)),
        ("c40c000001", bytes.fromhex("0c000001")),
        ("75050400410042", "AB"),
        ("7403414243", None),
    ],
)
def test_what_only_devices_send_is_read_too(data: str, value: object) -> None:
    reader = Reader(bytes.fromhex(data))
    if value is None:
        with pytest.raises(MalformedError):
            reader.datum()
    else:
        assert reader.datum().value == value


@pytest.mark.parametrize("data", ["", "44429000", "43429000", "20", "81", "8109", "0c00", "d0", "76"])
def test_broken_bytes_are_malformed(data: str) -> None:
    with pytest.raises(MalformedError):
        Reader(bytes.fromhex(data)).datum()


@given(st.integers(-(2**31), 2**31 - 1))
def test_signed_numbers_come_back(number: int) -> None:
    assert Reader(application(TagType.SIGNED, number)).datum().value == number


@given(st.text(max_size=400))
def test_texts_come_back(text: str) -> None:
    assert Reader(application(TagType.TEXT, text)).datum().value == text


@given(st.floats(width=32, allow_nan=False))
def test_reals_come_back(number: float) -> None:
    assert Reader(application(TagType.REAL, number)).datum().value == number


@given(st.binary(max_size=40))
def test_skipping_never_runs_past_the_end(data: bytes) -> None:
    reader = Reader(data)
    try:
        while reader.more:
            reader.skip()
    except MalformedError:
        pass
    assert len(reader.rest()) <= len(data)


def test_a_context_tag_takes_the_least_bytes_it_needs() -> None:
    assert (context(0, 85).hex(), context(1, 512).hex(), context(0, 1, 4).hex()) == ("0955", "1a0200", "0c00000001")
