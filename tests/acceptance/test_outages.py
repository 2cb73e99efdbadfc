"""Whatever the broker does and however often the gateway dies, headquarters has every event once, in order.

The figures are printed at the end (``make soak ONLY=outages``) and kept in
``docs/reliability.md``.
"""

import itertools
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen

import pytest

from runtime.sqlite import reading
from tests.acceptance.blackhole import BlackHole
from tests.acceptance.figures import Noting
from tests.acceptance.processes import Bench, stop, tell, wait_until
from tests.soak import parts, soak

pytestmark = [pytest.mark.acceptance, pytest.mark.soak]

OUTAGE = soak(2.0, 30.0)
"""Seconds without a way to the broker; longer than the deadline of a publish in the long form."""
KILLS = parts(10, 1000, 50)
"""Of the gateway, in runs of a few minutes each."""
RECEIVER_KILLS = parts(5, 200, 40)
BROKER_KILLED_EVERY = 4
"""Kills of the gateway between two of the broker."""


def something_happens(emulator: Popen[str]) -> Callable[[], None]:
    """Each call moves the tank to the other side of its limits and a pump into a fault or out of it."""
    turns = itertools.cycle(((20, 1), (60, 0)))

    def move() -> None:
        level, fault = next(turns)
        tell(emulator, f"set booster.level {level}")
        tell(emulator, f"set booster.pump_1_fault {fault}")

    return move


def seen(bench: Bench) -> set[str]:
    """The equipment headquarters has telemetry of."""
    with reading(bench.directory / "hq.db") as db:
        return {name for (name,) in db.execute("SELECT DISTINCT equipment FROM telemetry")}


def check(bench: Bench, figures: Noting, name: str, **counted: float) -> None:
    """Nothing lost, nothing doubled, and one open order for each cause at most."""
    wait_until("complete store", lambda: bench.complete)
    code, report = bench.audit()
    assert (code, report["good"]) == (0, True)
    keys = [(event["epoch"], event["seq"]) for event in bench.events()]
    assert len(keys) == len(set(keys))
    assert report["doubled_orders"] == 0
    shown = ("events", "lost", "gone", "duplicates", "conflicts", "redelivered", "orders", "open_orders")
    figures.note(name, **counted, **{key: report[key] for key in shown})


@pytest.mark.parametrize("trouble", ["stopped", "killed", "frozen", "black-holed"])
def test_a_broker_that_goes_and_comes_back(bench: Bench, figures: Noting, trouble: str) -> None:
    broker, emulator = bench.broker(), bench.emulator()
    hole = BlackHole(bench.broker_port)
    bench.through(hole.port)
    agent = bench.agent()
    bench.receiver()
    move = something_happens(emulator)
    move()
    wait_until("alarm at headquarters", lambda: any(event["kind"] == "alarm" for event in bench.events()))
    before = len(bench.events())

    ends = {
        "stopped": lambda: (stop(broker), bench.broker)[1],
        "killed": lambda: (stop(broker, signal.SIGKILL), bench.broker)[1],
        "frozen": lambda: (broker.send_signal(signal.SIGSTOP), lambda: broker.send_signal(signal.SIGCONT))[1],
        "black-holed": lambda: (hole.swallow(), hole.heal)[1],
    }
    heal = ends[trouble]()
    over = time.monotonic() + OUTAGE  # noqa: TID251 - other processes live in real time
    move()
    wait_until("the outage is over", lambda: time.monotonic() >= over)  # noqa: TID251
    heal()
    move()
    wait_until("more at headquarters", lambda: len(bench.events()) > before)
    wait_until("all settled", lambda: bench.settled)
    wait_until("telemetry of tank and gateway", lambda: seen(bench) >= {"tank-1", "gw-bench"})
    assert stop(agent) == 0
    hole.close()
    check(bench, figures, f"broker {trouble}", seconds=OUTAGE)


@pytest.mark.parametrize(("part", "kills"), KILLS)
def test_a_gateway_killed_at_any_instant_under_a_flapping_broker(
    bench: Bench, figures: Noting, part: int, kills: int
) -> None:
    dice = random.Random(7 + part)  # noqa: S311 - the same instants in every run
    broker, emulator = bench.broker(), bench.emulator()
    bench.receiver()
    move = something_happens(emulator)
    for kill in range(kills):
        agent = bench.agent(ready=bool(kill % 2))  # half of them die while they start
        if kill % 4:
            move()
        alive = time.monotonic() + dice.uniform(0.1, 1.0)  # noqa: TID251
        wait_until("its last instant", lambda: time.monotonic() >= alive)  # noqa: B023, TID251
        stop(agent, signal.SIGKILL)
        if kill % BROKER_KILLED_EVERY == BROKER_KILLED_EVERY - 1:
            stop(broker, signal.SIGKILL)
            broker = bench.broker()
    agent = bench.agent()
    wait_until("all settled", lambda: bench.settled)
    assert stop(agent) == 0
    check(bench, figures, "gateway killed at random", kills=kills, broker_killed=kills // BROKER_KILLED_EVERY)


@pytest.mark.parametrize(("part", "kills"), RECEIVER_KILLS)
def test_a_receiver_killed_again_and_again_and_set_back_to_yesterday(
    bench: Bench, figures: Noting, part: int, kills: int
) -> None:
    dice = random.Random(11 + part)  # noqa: S311 - as above
    bench.broker()
    emulator, agent = bench.emulator(), bench.agent()
    move = something_happens(emulator)
    store, yesterday = bench.directory / "hq.db", bench.directory / "yesterday.db"
    for kill in range(kills):
        receiver = bench.receiver()
        move()
        alive = time.monotonic() + dice.uniform(0.5, 1.5)  # noqa: TID251
        wait_until("its last instant", lambda: time.monotonic() >= alive)  # noqa: B023, TID251
        stop(receiver, signal.SIGKILL)
        if kill == kills // 2 and store.exists():
            yesterday.write_bytes(store.read_bytes())
    for tail in ("", "-wal", "-shm"):
        Path(f"{store}{tail}").unlink(missing_ok=True)
    if yesterday.exists():
        yesterday.rename(store)
    (bench.directory / "events.jsonl").unlink()
    bench.receiver()
    wait_until("all settled", lambda: bench.settled)
    assert stop(agent) == 0
    check(bench, figures, "receiver killed and set back", kills=kills)
