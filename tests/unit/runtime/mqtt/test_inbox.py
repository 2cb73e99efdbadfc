"""What waits from the broker: in order, bounded, and confirmed once it was handled."""

from runtime.mqtt.inbox import ALLOWED, BESIDE, Inbox, Receipt
from runtime.mqtt.message import Message


def put(inbox: Inbox, number: int, size: int = 1) -> bool:
    return inbox.put(Message(str(number), bytes(size)), Receipt(number, 1))


async def test_messages_are_taken_in_order_and_confirmed_once() -> None:
    inbox = Inbox()
    assert all(put(inbox, number) for number in range(3))
    assert [message.topic for message in inbox.take(2)] == ["0", "1"]
    assert inbox.arrived.is_set()
    assert [message.topic for message in inbox.take(9)] == ["2"]
    assert not inbox.arrived.is_set()
    assert inbox.handled() == [Receipt(0, 1), Receipt(1, 1), Receipt(2, 1)]
    assert inbox.handled() == []


async def test_what_has_no_room_is_dropped_and_room_comes_back() -> None:
    inbox, half = Inbox(), ALLOWED // 2 - BESIDE
    assert [put(inbox, number, half) for number in range(3)] == [True, True, False]
    assert (inbox.dropped, len(inbox)) == (1, 2)
    inbox.take(1)
    assert put(inbox, 3, half)
