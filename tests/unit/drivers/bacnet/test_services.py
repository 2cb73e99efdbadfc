"""Requests and answers as service bytes; the vectors are those of ASHRAE 135, Annex F."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.bacnet.services import (
    Answers,
    IAm,
    ObjectRead,
    PropertyFailure,
    as_read_many,
    error_answer,
    i_am,
    read_many,
    read_many_answer,
    read_one,
    read_one_answer,
    who_is,
    write_one,
)
from drivers.bacnet.tags import Datum, MalformedError, TagType, application

PV, FLAGS, RELIABILITY = (85, None), (111, None), (103, None)
AI5 = (0, 5)


def test_read_property_is_the_example_of_annex_f_3_5() -> None:
    assert read_one(AI5, PV).hex() == "0c000000051955"
    assert read_one_answer(bytes.fromhex("0c0000000519553e444290999a3f"), AI5, PV).hex() == "444290999a"


def test_read_property_multiple_is_the_example_of_annex_f_3_7() -> None:
    asked = read_many([ObjectRead((0, 16), (PV, RELIABILITY))])
    assert asked.hex() == "0c000000101e095509671f"
    answer = bytes.fromhex("0c000000101e29554e444290999a4f29674e91004f1f")
    assert read_many_answer(answer, [ObjectRead((0, 16), (PV, RELIABILITY))]) == {
        ((0, 16), PV): Datum(TagType.REAL, pytest.approx(72.3, abs=1e-5)),
        ((0, 16), RELIABILITY): Datum(TagType.ENUMERATED, 0),
    }


def test_write_property_is_the_example_of_annex_f_3_9() -> None:
    data = write_one((2, 1), PV, application(TagType.REAL, 180.0), None)
    assert data.hex() == "0c0080000119553e44433400003f"
    assert write_one((2, 1), PV, application(TagType.NULL, None), 8).hex() == "0c0080000119553e003f4908"


def test_who_is_and_i_am_are_the_examples_of_annex_f_4_10() -> None:
    assert who_is(3, 3).hex() == "09031903"
    assert i_am(bytes.fromhex("c40200000322040091032163")) == IAm(3, 99)


def test_an_error_has_a_class_and_a_code() -> None:
    assert error_answer(bytes.fromhex("9101911f")) == PropertyFailure(1, 31)


@pytest.mark.parametrize(
    ("value", "understood"),
    [
        ("", None),
        ("44429000002100", None),
        ("0e21051f0f", None),
        ("2e21052f", None),
        ("2105", Datum(TagType.UNSIGNED, 5)),
        ("00", Datum(TagType.NULL, None)),
    ],
)
def test_only_one_primitive_counts_as_a_value(value: str, understood: Datum | None) -> None:
    answer = bytes.fromhex("0c000000051e29554e" + value + "4f1f")
    assert _parsed(answer) == {(AI5, PV): understood} or (understood is None and _parsed(answer) == {})


def _parsed(answer: bytes) -> Answers:
    try:
        return read_many_answer(answer, [ObjectRead(AI5, (PV,))])
    except MalformedError:
        return {}


def test_single_answers_take_the_form_of_a_multiple_one() -> None:
    value = application(TagType.REAL, 1.5)
    joined = as_read_many(
        AI5, [(PV, value), (FLAGS, PropertyFailure(2, 32)), ((450, 1), application(TagType.ENUMERATED, 1))]
    )
    assert read_many_answer(joined, [ObjectRead(AI5, (PV, FLAGS, (450, 1)))]) == {
        (AI5, PV): Datum(TagType.REAL, 1.5),
        (AI5, FLAGS): PropertyFailure(2, 32),
        (AI5, (450, 1)): Datum(TagType.ENUMERATED, 1),
    }


ONE, TWO = "29554e21014f", "296f4e8204004f"
BOTH = [ObjectRead(AI5, (PV, FLAGS)), ObjectRead((0, 6), (PV,))]
AI5_HEAD, AI6 = "0c000000051e", "0c000000061e" + ONE + "1f"


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        (AI5_HEAD + ONE + TWO + "1f" + AI6, True),
        (AI5_HEAD + TWO + ONE + "1f" + AI6, False),  # properties in another order
        (AI6 + AI5_HEAD + ONE + TWO + "1f", False),  # objects in another order
        (AI5_HEAD + ONE + "1f" + AI6, False),  # one property is missing
        (AI5_HEAD + ONE + TWO + "1f", False),  # one object is missing
        (AI5_HEAD + ONE + TWO + ONE + "1f" + AI6, False),  # one property twice
        (AI5_HEAD + ONE + TWO + "1f" + AI6 + AI6, False),  # one object twice
        (AI5_HEAD + ONE + TWO + "1f" + AI6.replace("06", "07"), False),  # nobody asked for it
    ],
)
def test_an_answer_holds_what_was_asked_once_and_in_order(answer: str, accepted: bool) -> None:
    try:
        read_many_answer(bytes.fromhex(answer), BOTH)
    except MalformedError:
        assert not accepted
    else:
        assert accepted


@pytest.mark.parametrize(
    "value",
    ["7505004be47465", "7302ff00", "43000000", "80"],
    ids=["a text in another encoding", "an obsolete character set", "a real of three bytes", "bits without a length"],
)
def test_a_value_without_sense_leaves_its_neighbours_alone(value: str) -> None:
    answer = bytes.fromhex(AI5_HEAD + "29554e" + value + "4f" + TWO + "1f" + AI6)
    answers = read_many_answer(answer, BOTH)
    assert answers[AI5, PV] is None
    assert answers[AI5, FLAGS] == Datum(TagType.BITS, (False, False, False, False))
    assert answers[(0, 6), PV] == Datum(TagType.UNSIGNED, 1)


@pytest.mark.parametrize(
    "answer",
    [
        "0c0000000619553e21053f",  # another object
        "0c0000000519563e21053f",  # another property
        "0c0000000519553e2105",  # unfinished
        "0c0000000519553e21053f00",  # something behind it
    ],
)
def test_an_answer_to_another_question_is_malformed(answer: str) -> None:
    with pytest.raises(MalformedError):
        read_one_answer(bytes.fromhex(answer), AI5, PV)


@given(st.binary(max_size=80))
def test_any_bytes_are_understood_or_malformed(data: bytes) -> None:
    assert isinstance(_parsed(data), dict)


@given(st.binary(min_size=1, max_size=30), st.integers(0, 200))
def test_a_damaged_answer_is_understood_or_malformed(noise: bytes, at: int) -> None:
    answer = bytes.fromhex("0c000000101e29554e444290999a4f29674e91004f1f") * 4
    assert isinstance(_parsed(answer[:at] + noise + answer[at:]), dict)
