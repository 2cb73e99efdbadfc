"""What comes unasked on a line: counted, waited for, believed again in time."""

import pytest

from drivers.contract import NO_STRAYS
from drivers.modbus.pdu import read_pdu
from drivers.modbus.rtu import wrap
from drivers.modbus.strays import DOUBTED, PROVEN, SETTLE, StrayWatch, shape
from drivers.templates import Table

FIRST, SAME_SHAPE, OTHER = (read_pdu(Table.HOLDING, *block) for block in ((0, 2), (100, 2), (0, 3)))
FRAME = wrap(1, bytes([3, 4, 0, 1, 0, 2]))


def asked(answers: int = 1) -> StrayWatch:
    watch = StrayWatch()
    for _ in range(answers):
        watch.answered(1, FIRST, 100.0)
    return watch


def test_the_shape_of_a_read_leaves_its_address_out() -> None:
    assert shape(FIRST) == shape(SAME_SHAPE) != shape(OTHER)


@pytest.mark.parametrize(
    ("answers", "request_", "waits"),
    [(1, FIRST, False), (1, OTHER, False), (1, SAME_SHAPE, True), (PROVEN, SAME_SHAPE, False)],
    ids=["the same again", "nothing it would fit", "it would fit", "it never said anything unasked"],
)
def test_only_what_a_second_answer_would_fit_waits(answers: int, request_: bytes, waits: bool) -> None:
    assert (asked(answers).wait(1, request_) == 100.0 + SETTLE) is waits


@pytest.mark.parametrize(
    ("owes", "octets"), [(False, len(FRAME)), (True, 0)], ids=["nothing is owed", "a late answer is owed"]
)
def test_what_came_unasked_is_counted_unless_it_is_late(owes: bool, octets: int) -> None:
    watch = asked(PROVEN)
    for piece in (FRAME[:3], FRAME[3:]):
        watch.heard(piece, 100.3, owes)
    assert watch.of(1, 100.3).octets == octets
    assert watch.of(1, 100.3).doubtful is bool(octets)
    assert (watch.wait(1, SAME_SHAPE) == pytest.approx(100.45)) is bool(octets)


def test_a_doubt_ends_and_the_count_stays() -> None:
    watch = asked()
    watch.heard(FRAME, 100.01, owes=False)
    later = watch.of(1, 100.1 + DOUBTED)
    assert (later.octets, later.doubtful) == (len(FRAME), False)


@pytest.mark.parametrize("noise", [b"\xff\x00\x55", wrap(9, bytes([3, 2, 0, 1])), FRAME[:-1]])
def test_noise_and_units_nobody_asks_make_nobody_doubtful(noise: bytes) -> None:
    watch = asked()
    watch.heard(noise, 100.01, owes=False)
    assert watch.of(1, 100.1).doubtful is False
    assert watch.of(9, 100.1) == NO_STRAYS
