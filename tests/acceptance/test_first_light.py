"""From a register to headquarters through an outage and a kill, with nothing but real processes."""

import signal
import time
from itertools import pairwise

import pytest

from tests.acceptance.processes import Bench, stop, tell, wait_until

pytestmark = pytest.mark.acceptance

OUTAGE = 5.0
"""Seconds without a broker."""


def alarm_states(bench: Bench, alarm: str) -> list[str]:
    events = (event["body"] for event in bench.events())
    return [body["state"] for body in events if body["kind"] == "alarm" and body["alarm"] == alarm]


def test_outage_and_kill_lose_and_double_nothing(bench: Bench) -> None:
    broker, emulator, agent = bench.broker(), bench.emulator(), bench.agent()
    bench.receiver()
    tell(emulator, "fault booster fill-valve-stuck-closed")
    tell(emulator, "set booster.level 25")
    wait_until("alarm and order at headquarters", lambda: "active" in alarm_states(bench, "tank-1/W01"))
    wait_until("order", lambda: any(event["body"]["kind"] == "order" for event in bench.events()))

    stop(broker, signal.SIGKILL)
    outage_ends = time.monotonic() + OUTAGE  # noqa: TID251 - other processes live in real time
    tell(emulator, "set booster.level 50")
    wait_until("alarm returned", lambda: [a["state"] for a in bench.ask("alarms") or []] == ["returned"])
    stop(agent, signal.SIGKILL)
    agent = bench.agent()
    tell(emulator, "set booster.level 20")
    wait_until("alarm again", lambda: [a["state"] for a in bench.ask("alarms") or []] == ["active"])

    wait_until("end of the outage", lambda: time.monotonic() >= outage_ends)  # noqa: TID251
    bench.broker()
    wait_until("all settled", lambda: bench.settled)
    assert stop(agent) == 0
    check_headquarters(bench)


def check_headquarters(bench: Bench) -> None:
    wait_until("complete store", lambda: bench.complete)
    code, report = bench.audit()
    assert (code, report["gaps"], report["duplicates"], report["conflicts"]) == (0, 0, 0, 0)
    events = bench.events()
    assert len({(event["epoch"], event["seq"]) for event in events}) == len(events)
    in_order = sorted(event["seq"] for event in events)
    assert all(later == earlier + 1 for earlier, later in pairwise(in_order))
    assert alarm_states(bench, "tank-1/W01") == ["active", "returned", "active"]
    assert any(event["envelope"]["historical"] for event in events)
    orders = {event["body"]["order"]: event["body"]["status"] for event in events if event["body"]["kind"] == "order"}
    assert list(orders.values()) == ["open"]


def test_dead_device_turns_bad_and_comes_back(bench: Bench) -> None:
    emulator = bench.emulator()
    bench.agent()
    wait_until("first values", lambda: bench.points("bad") == 0)
    stop(emulator, signal.SIGKILL)
    wait_until("bad points", lambda: bench.points("good") == 0)
    bench.emulator()
    wait_until("good again", lambda: bench.points("bad") == 0)
