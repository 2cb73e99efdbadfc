"""The whole gateway on a real disk that fills up, turns read-only and comes back: it goes on, tells, and recovers."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.loopdisk import LoopDisk
from tests.acceptance.processes import Bench, stop, tell, wait_until

pytestmark = pytest.mark.acceptance

MEGABYTES = 8


class DiskBench(Bench):
    """A bench whose agent keeps its state on a disk of its own."""

    def __init__(self, directory: Path) -> None:
        """Switch the disk on."""
        super().__init__(directory)
        self.disk = LoopDisk(directory, MEGABYTES)
        self.last_agent: subprocess.Popen[str]

    @property
    def state(self) -> Path:
        """On the disk."""
        return self.disk.path / "state"

    def codes(self) -> list[str]:
        """What the gateway told headquarters about itself."""
        return [event["body"]["code"] for event in self.events() if event["body"]["kind"] == "system"]

    def alarm(self) -> str:
        """State of the alarm of the tank at headquarters."""
        alarms = [event["body"] for event in self.events() if event["body"]["kind"] == "alarm"]
        return str(alarms[-1]["state"]) if alarms else ""


@pytest.fixture
def on_disk(tmp_path: Path) -> Iterator[DiskBench]:
    bench = DiskBench(tmp_path)
    yield bench
    bench.close()
    bench.disk.discard()


def test_a_disk_that_turns_read_only_stops_nothing(on_disk: DiskBench) -> None:
    bench, emulator = on_disk, begin(on_disk)
    bench.disk.turn_read_only()
    low_tank(bench, emulator, "active")
    wait_until("degraded", lambda: bench.status.get("degraded"))
    assert bench.points("bad") == 0
    exchange(bench)
    end(bench, emulator)


@pytest.mark.parametrize("ended_by", [signal.SIGTERM, signal.SIGKILL])
def test_it_starts_on_a_read_only_disk_and_knows_what_it_knew(on_disk: DiskBench, ended_by: signal.Signals) -> None:
    bench, emulator = on_disk, begin(on_disk)
    low_tank(bench, emulator, "active")
    stop(bench.last_agent, ended_by)
    bench.disk.turn_read_only()
    bench.last_agent = bench.agent()
    assert bench.status["store"]["durable"] is False
    assert [alarm["state"] for alarm in bench.ask("alarms")] == ["active"]
    exchange(bench)
    end(bench, emulator)


def test_a_full_disk_takes_no_event_away(on_disk: DiskBench) -> None:
    bench, emulator = on_disk, begin(on_disk)
    # Kept free by the first round of upkeep, which a busy machine may do later than its first polls.
    wait_until("the reserve", lambda: any(bench.state.glob("*.reserve")))
    hog = bench.disk.fill()
    for state, level in (("active", 20), ("returned", 60)):
        tell(emulator, f"set booster.level {level}")
        wait_until(state, lambda state=state: bench.alarm() == state)
    wait_until("told at headquarters", lambda: "agent.store-tight" in bench.codes())
    status = bench.status
    assert (status["points"]["bad"], status["store"]["durable"], status["store"]["tight"]) == (0, True, True)
    tell(emulator, "set booster.level 55")
    wait_until("telemetry is left out", lambda: bench.status.get("uplink", {}).get("telemetry_lost", 0) > 0)
    bench.disk.fill()  # what the reserve has given
    low_tank(bench, emulator, "active")
    hog.unlink()
    wait_until("durable", lambda: bench.status.get("store", {}).get("durable"))
    end(bench, emulator)


def begin(bench: DiskBench) -> Any:
    bench.broker()
    bench.receiver()
    emulator = bench.emulator()
    tell(emulator, "fault booster fill-valve-stuck-closed")
    bench.last_agent = bench.agent()
    wait_until("first values", lambda: bench.points("bad") == 0)
    return emulator


def exchange(bench: DiskBench) -> None:
    """Give it a sound disk while it runs; then start it once more, so that it answers from there."""
    wait_until("told at headquarters", lambda: "agent.store-volatile" in bench.codes())
    bench.disk.repair()
    wait_until("recovered", lambda: "agent.store-durable" in bench.codes())
    assert stop(bench.last_agent) == 0
    bench.last_agent = bench.agent()
    assert bench.status["store"]["durable"]


def low_tank(bench: DiskBench, emulator: Any, state: str) -> None:
    tell(emulator, "set booster.level 20")
    wait_until("alarm at headquarters", lambda: bench.alarm() == state)


def end(bench: DiskBench, emulator: Any) -> None:
    """Nothing lost, nothing doubled, one open order for the one cause."""
    wait_until("all settled", lambda: bench.settled)
    code, report = bench.audit()
    assert (code, report["gaps"], report["duplicates"], report["conflicts"]) == (0, 0, 0, 0)
    orders = {
        event["body"]["order"]: event["body"]["status"] for event in bench.events() if event["body"]["kind"] == "order"
    }
    assert [*orders.values()].count("open") == 1
