from runtime.clock import ManualClock
from runtime.complaints import EVERY, Complaints
from tests.unit.delivery_fakes import Told


async def test_the_first_is_told_and_the_others_are_counted_into_the_next() -> None:
    clock, told = ManualClock(), Told()
    complaints = Complaints("uplink.parked", told, clock)
    for number in range(5):
        complaints.note(seq=number)
    await clock.advance(EVERY)
    complaints.note(seq=9)
    assert told.arguments == [{"count": 1, "seq": 0}, {"count": 5, "seq": 9}]
    assert complaints.total == 6
