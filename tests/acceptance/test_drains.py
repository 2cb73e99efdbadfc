"""Three gateways empty long backlogs at once: a live alarm passes them, and nothing is lost or doubled."""

import asyncio
import os

import pytest

from tests.acceptance.draining import drain
from tests.acceptance.figures import Noting
from tests.acceptance.processes import Bench, wait_until
from tests.soak import soak

pytestmark = [pytest.mark.acceptance, pytest.mark.soak]

GATEWAYS = 3
EVENTS = int(soak(3_000, 34_000))
"""Of each gateway."""
BETWEEN = 500
"""Events of the past that may be stored between the commit of a live alarm and its acceptance."""


def test_live_alarms_pass_the_backlogs_of_three_gateways(bench: Bench, figures: Noting) -> None:
    bench.broker()
    bench.receiver()
    hq = bench.directory / "hq.db"
    wait_until("store of headquarters", hq.exists)
    seen = asyncio.run(drain(f"mqtt://127.0.0.1:{bench.broker_port}", hq, bench.directory, GATEWAYS, EVENTS))
    code, report = bench.audit()
    assert (code, report["good"], report["events"]) == (0, True, GATEWAYS * EVENTS + seen.live)
    assert seen.live >= GATEWAYS, "alarms of each gateway were raised meanwhile"
    assert seen.between <= BETWEEN
    waits = {"p99_seconds": round(seen.usual, 2), "slowest_seconds": round(seen.slowest, 2), "load": os.getloadavg()[0]}
    figures.note("three gateways drained", events=seen.stored, live=seen.live, between=seen.between, **waits)
