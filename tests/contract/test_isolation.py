"""No unit can hurt another: bad units of every kind among good ones, over the emulator and in real time.

The same laws in simulated time, over hours, are in ``tests/unit/agent/links/test_isolation.py``.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.polled import Load, polled
from tests.soak import soak

LOAD = Load(period=2.0, timeout=0.3, start=1.5, length=soak(short=4.0, long=300.0))

BAD_UNITS = [
    ("half-open", "late", "exception"),
    ("garbage", "reset", "wrong-tid"),
    ("drip", "truncated", "wrong-unit"),
    ("wrong-byte-count", "wrong-function", "duplicate"),
]


@pytest.mark.soak
@pytest.mark.parametrize("faults", BAD_UNITS, ids="+".join)
async def test_three_bad_units_of_twenty_behind_one_gateway(faults: Sequence[str]) -> None:
    seen = await polled("modbus-tcp://127.0.0.1:0", 20, faults, LOAD)
    assert seen.on_time(range(4, 21)) >= 0.99
    assert seen.after["online"] is True
    good = [seen.device(number) for number in range(4, 21)]
    # Not the requests that were not good: one may be under way.
    failures = [device["timeouts"] + device["garbled"] + device["exceptions"] for device in good]
    assert (failures, {device["online"] for device in good}) == ([0] * 17, {True})


@pytest.mark.soak
async def test_one_dead_unit_of_ten_on_a_line_of_9600_baud(tmp_path: Path) -> None:
    seen = await polled(f"modbus-rtu://{tmp_path}/line?baud=9600", 10, ["silence"], LOAD)
    assert seen.on_time(range(2, 11)) >= 0.99
    good = [seen.device(number) for number in range(2, 11)]
    assert {(device["online"], device["timeouts"]) for device in good} == {(True, 0)}
    assert seen.device(1)["online"] is False
