"""One table: what an outcome of a poll says of its device, and when the same is asked again."""

import pytest

from agent.links.outcome import BUSY_PAUSE, Answered, Decision, DeviceHistory, DeviceVerdict, Retry, decide
from drivers.contract import Busy, NoAnswer, Refused

SILENT = NoAnswer("modbus.silent", seconds=1)
ABSENT = NoAnswer("modbus.absent", unit=2, number=11)
NO = Refused("modbus.exception", number=4)
BUSY = Busy("modbus.exception", number=6)
VALUE, WORD, SILENCE = DeviceVerdict
NEXT, AT_ONCE, SOON, ONCE_SEEN, PARTS = Retry


@pytest.mark.parametrize(
    ("outcome", "standing", "decision"),
    [
        (Answered(value=True), DeviceHistory(), Decision(VALUE, NEXT)),
        (Answered(value=True), DeviceHistory(unanswered=3), Decision(VALUE, NEXT)),
        (Answered(value=False), DeviceHistory(), Decision(WORD, NEXT)),
        (NO, DeviceHistory(), Decision(WORD, NEXT, told=True)),
        (NO, DeviceHistory(divisible=True), Decision(WORD, PARTS)),
        (BUSY, DeviceHistory(), Decision(WORD, SOON, pause=BUSY_PAUSE)),
        (BUSY, DeviceHistory(unanswered=2), Decision(WORD, SOON, pause=4 * BUSY_PAUSE)),
        (BUSY, DeviceHistory(divisible=True), Decision(WORD, SOON, pause=BUSY_PAUSE)),
        (BUSY, DeviceHistory(unanswered=3, divisible=True), Decision(WORD, NEXT, told=True)),
        (SILENT, DeviceHistory(), Decision(SILENCE, AT_ONCE)),
        (SILENT, DeviceHistory(unanswered=1), Decision(SILENCE, ONCE_SEEN, told=True)),
        (SILENT, DeviceHistory(unanswered=2), Decision(SILENCE, NEXT, told=True)),
        (SILENT, DeviceHistory(trusted=False), Decision(SILENCE, ONCE_SEEN, told=True)),
        (SILENT, DeviceHistory(unanswered=1, trusted=False), Decision(SILENCE, NEXT, told=True)),
        (SILENT, DeviceHistory(gone=True), Decision(SILENCE, ONCE_SEEN)),
        (SILENT, DeviceHistory(unanswered=1, gone=True), Decision(SILENCE, NEXT)),
        (ABSENT, DeviceHistory(), Decision(SILENCE, AT_ONCE)),
        (ABSENT, DeviceHistory(trusted=False), Decision(SILENCE, ONCE_SEEN, told=True)),
    ],
)
def test_an_outcome_and_what_follows(
    outcome: Answered | Refused | NoAnswer, standing: DeviceHistory, decision: Decision
) -> None:
    assert decide(outcome, standing) == decision
