"""One table: what an outcome of a poll says of its device, and when the same is asked again."""

import pytest

from agent.link.outcome import BUSY_PAUSE, Again, Answered, Decision, Says, Standing, decide
from drivers.contract import Busy, NoAnswer, Refused

SILENT = NoAnswer("modbus.silent", seconds=1)
ABSENT = NoAnswer("modbus.absent", unit=2, number=11)
NO = Refused("modbus.exception", number=4)
BUSY = Busy("modbus.exception", number=6)
VALUE, WORD, SILENCE = Says
NEXT, AT_ONCE, SOON, ONCE_SEEN, PARTS = Again


@pytest.mark.parametrize(
    ("outcome", "standing", "decision"),
    [
        (Answered(value=True), Standing(), Decision(VALUE, NEXT)),
        (Answered(value=True), Standing(vain=3), Decision(VALUE, NEXT)),
        (Answered(value=False), Standing(), Decision(WORD, NEXT)),
        (NO, Standing(), Decision(WORD, NEXT, told=True)),
        (NO, Standing(divisible=True), Decision(WORD, PARTS)),
        (BUSY, Standing(), Decision(WORD, SOON, pause=BUSY_PAUSE)),
        (BUSY, Standing(vain=2), Decision(WORD, SOON, pause=4 * BUSY_PAUSE)),
        (BUSY, Standing(divisible=True), Decision(WORD, SOON, pause=BUSY_PAUSE)),
        (BUSY, Standing(vain=3, divisible=True), Decision(WORD, NEXT, told=True)),
        (SILENT, Standing(), Decision(SILENCE, AT_ONCE)),
        (SILENT, Standing(vain=1), Decision(SILENCE, ONCE_SEEN, told=True)),
        (SILENT, Standing(vain=2), Decision(SILENCE, NEXT, told=True)),
        (SILENT, Standing(trusted=False), Decision(SILENCE, ONCE_SEEN, told=True)),
        (SILENT, Standing(vain=1, trusted=False), Decision(SILENCE, NEXT, told=True)),
        (SILENT, Standing(gone=True), Decision(SILENCE, ONCE_SEEN)),
        (SILENT, Standing(vain=1, gone=True), Decision(SILENCE, NEXT)),
        (ABSENT, Standing(), Decision(SILENCE, AT_ONCE)),
        (ABSENT, Standing(trusted=False), Decision(SILENCE, ONCE_SEEN, told=True)),
    ],
)
def test_an_outcome_and_what_follows(
    outcome: Answered | Refused | NoAnswer, standing: Standing, decision: Decision
) -> None:
    assert decide(outcome, standing) == decision
