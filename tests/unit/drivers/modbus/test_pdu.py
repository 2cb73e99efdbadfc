"""What is wrong with an answer is said as it is: no "24 instead of 24"."""

import pytest

from config.catalogue import Catalogue
from drivers.contract import NoAnswer, Refused
from drivers.modbus.pdu import check_read, read_pdu
from drivers.templates import Table


@pytest.mark.parametrize(
    ("answer", "size", "sentence"),
    [
        (bytes([3, 24]) + bytes(23), 24, "the frame ends after 23 of 24 data bytes"),
        (bytes([3, 24]), 24, "the frame ends after 0 of 24 data bytes"),
        (bytes([3, 24]) + bytes(25), 24, "the frame goes on behind its 24 data bytes: there are 25"),
        (bytes([3, 22]) + bytes(22), 24, "the answer carries 22 bytes instead of 24"),
        (bytes([3]), 24, "the answer carries 0 bytes instead of 24"),
        (bytes([3, 2]), 2, "the answer looks like exception 2 without the error bit"),
        (bytes([3, 3]), 24, "the answer looks like exception 3 without the error bit"),
        (bytes([4, 2, 0, 0]), 2, "the answer is for function 4 instead of 3"),
    ],
)
def test_a_wrong_answer_is_described(answer: bytes, size: int, sentence: str) -> None:
    with pytest.raises(NoAnswer) as caught:
        check_read(read_pdu(Table.HOLDING, 0, size // 2), answer, size)
    assert Catalogue.load("en").error(caught.value) == sentence


def test_a_right_answer_and_a_marked_exception_are_what_they_were() -> None:
    request = read_pdu(Table.HOLDING, 0, 1)
    assert check_read(request, bytes([3, 2, 0, 7]), 2) == bytes([0, 7])
    with pytest.raises(Refused):
        check_read(request, bytes([0x83, 2]), 2)
