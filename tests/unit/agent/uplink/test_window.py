"""The window by itself: what is under way, who is waited for, and for how long."""

import pytest

from agent.journal import Entry
from agent.uplink.window import PATIENT, PROBE, SILENT, WINDOW, SendWindow
from drivers.points import Instant
from headquarters.contract.protocol import Ack


def at(seconds: float) -> Instant:
    return Instant("boot-1", 1000.0 + seconds, 1_800_000_000.0 + seconds)


def events(first: int, last: int, epoch: str = "e1") -> list[Entry]:
    return [Entry(seq, epoch, seq, "alarm", b"{}", "", "", at(0.0)) for seq in range(first, last + 1)]


def ack(seq: int, past: int = 0, consumer: str = "hq", epoch: str = "e1") -> Ack:
    return Ack(consumer, "gw-1", epoch, seq, "0" * 64, past)


def test_there_is_room_for_one_window_and_no_more() -> None:
    window = SendWindow(["hq"])
    window.sent(events(1, WINDOW), at(0.0))
    assert window.room(at(0.1)) == 0
    assert window.wait(at(1.0)) == pytest.approx(SILENT - 1.0)


@pytest.mark.parametrize(
    ("answer", "room"),
    [
        (ack(10), 10),
        (ack(0, past=10), 10),  # what came before was lost on the way
        (ack(10, epoch="e2"), 0),
        (ack(10, consumer="stranger"), 0),
        (ack(10**6), WINDOW),
    ],
)
def test_an_acknowledgement_makes_room(answer: Ack, room: int) -> None:
    window = SendWindow(["hq"])
    window.sent(events(1, WINDOW), at(0.0))
    window.heard(answer, at(0.1))
    assert window.room(at(0.2)) == room


def test_what_left_before_under_another_epoch_is_not_waited_for() -> None:
    window = SendWindow(["hq"])
    window.sent(events(1, 90, "former"), at(0.0))
    window.sent(events(1, 10), at(0.0))
    window.heard(ack(0, past=5), at(0.1))
    assert window.room(at(0.2)) == WINDOW - 5


def test_what_was_asked_for_again_is_there_only_when_it_is_stored() -> None:
    window = SendWindow(["hq"])
    window.sent(events(1, 10), at(0.0), again=True)
    window.heard(ack(0, past=500), at(0.1))
    assert window.room(at(0.2)) == WINDOW - 10


def test_the_slowest_consumer_that_is_alive_counts() -> None:
    window = SendWindow(["hq", "archive", "dead"])
    window.heard(ack(0), at(0.0))
    window.heard(ack(0, consumer="archive"), at(0.0))
    window.sent(events(1, 60), at(0.1))
    window.heard(ack(60), at(0.2))
    window.heard(ack(20, consumer="archive"), at(0.2))
    assert window.room(at(0.3)) == WINDOW - 40


def test_who_is_silent_is_waited_for_once() -> None:
    window = SendWindow(["hq", "archive"])
    window.heard(ack(0), at(0.0))
    window.heard(ack(0, consumer="archive"), at(0.0))
    window.sent(events(1, WINDOW), at(0.0))
    window.heard(ack(WINDOW), at(1.0))
    assert window.room(at(SILENT - 0.1)) == 0
    assert window.room(at(SILENT)) == WINDOW
    window.sent(events(WINDOW + 1, 2 * WINDOW), at(SILENT))
    window.heard(ack(2 * WINDOW), at(SILENT + 0.1))
    assert window.room(at(SILENT + 0.1)) == WINDOW, "the archive is not waited for any more"
    window.heard(ack(WINDOW, consumer="archive"), at(SILENT + 0.2))
    assert window.room(at(SILENT + 0.2)) == 0, "it is back"


def test_acknowledgements_of_something_else_keep_no_window_shut() -> None:
    window = SendWindow(["hq"])
    window.sent(events(1, WINDOW), at(0.0))
    for tenth in range(int(SILENT * 10)):
        window.heard(ack(5000 + tenth, epoch="live"), at(tenth / 10))
    assert window.room(at(SILENT)) == PROBE


def filled(window: SendWindow, sent: int, first: float, last: float) -> int:
    """How many events left when ``sent`` had left before, asked ten times a second."""
    for tenth in range(round(first * 10), round(last * 10)):
        if room := window.room(at(tenth / 10)):
            window.sent(events(sent + 1, sent + room), at(tenth / 10))
            sent += room
    return sent


def test_whoever_is_only_busy_is_not_buried() -> None:
    window = SendWindow(["hq"])
    window.heard(ack(0), at(0.0))
    sent = filled(window, 0, 0.0, 20.0)
    assert sent == WINDOW + 2 * PROBE  # after 3 s and 9 s
    window.heard(ack(0, past=sent), at(20.0))
    assert window.room(at(20.0)) == WINDOW
    sent = filled(window, sent, 20.0, 25.0)
    assert sent == 2 * WINDOW + 3 * PROBE, "its patience is what it was"


def test_while_nobody_answers_there_is_a_probe_in_a_while() -> None:
    assert filled(SendWindow(["hq"]), 0, 0.0, 3600.0) == WINDOW + PROBE * (2 + (3600 - 9) // PATIENT)


def test_without_consumers_there_is_always_room() -> None:
    window = SendWindow([])
    window.sent(events(1, 5000), at(0.0))
    assert window.room(at(0.0)) == WINDOW
