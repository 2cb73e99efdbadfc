"""What is sent in place of an honest datagram."""

import pytest

from emulators.bacnet.faults import LATE_SECONDS, LIES, DelayedDatagram, number_of, tell

ACK = bytes.fromhex("810a0017" + "0100" + "30050c" + "0c0000000519553e444290999a3f")
SIMPLE = bytes.fromhex("810a0009" + "0100" + "20050f")


def test_an_honest_device_sends_what_it_means() -> None:
    assert tell(ACK, {"fault:level", "no-rpm"}) == [DelayedDatagram(ACK)]


@pytest.mark.parametrize(
    ("fault", "sent"),
    [
        ("silent", []),
        ("late", [DelayedDatagram(ACK, LATE_SECONDS)]),
        ("duplicate", [DelayedDatagram(ACK), DelayedDatagram(ACK)]),
    ],
)
def test_lies_about_the_moment(fault: str, sent: list[DelayedDatagram]) -> None:
    assert tell(ACK, {fault}) == sent


@pytest.mark.parametrize("fault", sorted(LIES))
@pytest.mark.parametrize("data", [ACK, SIMPLE])
def test_a_lie_agrees_with_itself_about_its_length(fault: str, data: bytes) -> None:
    for sending in tell(data, {fault}):
        if sending.data[0] == 0x81:
            assert int.from_bytes(sending.data[2:4], "big") == len(sending.data)


def test_a_wrong_invoke_id_changes_one_octet() -> None:
    (sending,) = tell(ACK, {"wrong-invoke"})
    assert [index for index, octet in enumerate(sending.data) if octet != ACK[index]] == [7]


def test_only_an_acknowledgement_with_content_is_cut() -> None:
    assert len(tell(ACK, {"malformed"})[0].data) < len(ACK)
    assert tell(SIMPLE, {"malformed"}) == [DelayedDatagram(SIMPLE)]


@pytest.mark.parametrize(
    ("faults", "number"), [({"abort:4"}, 4), ({"abort"}, 9), ({"abort:x"}, 9), ({"aborted:4"}, None), (set(), None)]
)
def test_a_fault_may_name_its_number(faults: set[str], number: int | None) -> None:
    assert number_of(faults, "abort", 9) == number
