"""BACnet networks that lose datagrams, and devices with habits, with a seed and in simulated time."""

import pytest

from tests.lossy import networked


@pytest.mark.parametrize("loss", [0.0, 0.1, 0.3])
def test_lost_datagrams_leave_the_points_fresh(loss: float) -> None:
    run, _ = networked(5, [], loss, 400.0, points=3)
    assert run.fresh >= 0.999


@pytest.mark.parametrize(
    ("fault", "within"),
    [
        ("rpm-silent", 120.0),
        ("rpm-abort:0", 10.0),
        ("rpm-abort:4", 10.0),
        ("no-rpm", 10.0),
        ("buffer-overflow:3", 10.0),
    ],
)
def test_a_device_that_does_not_take_many_objects_is_asked_otherwise_for_good(fault: str, within: float) -> None:
    run, _ = networked(2, [fault], 0.0, 20.0, start=within)
    assert run.fresh == 1.0
    assert run.answered(["d1", "d2"]) == 1.0
    assert run.after["devices"]["d1"]["online"] is True


def test_a_device_that_answers_nothing_but_who_it_is_is_not_online() -> None:
    run, _ = networked(2, ["error:31"], 0.0, 10.0)
    assert run.after["devices"]["d1"]["online"] is False
    assert run.after["devices"]["d2"]["online"] is True


@pytest.mark.parametrize("octets", [50, 128, 206, 480, 1024])
def test_no_message_is_longer_than_the_device_takes(octets: int) -> None:
    run, network = networked(1, [f"max-apdu:{octets}"], 0.0, 10.0, start=20.0)
    assert run.fresh == 1.0
    assert network.longest <= octets
    assert run.after["garbled"] == run.after["timeouts"] == 0
