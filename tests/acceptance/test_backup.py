"""A gateway backed up while it works goes on on another box: headquarters has every event once, in order."""

import itertools
import subprocess
import threading
from pathlib import Path

import pytest

from tests.acceptance.processes import DEADLINE, PLANTGATE, Bench, stop, tell, wait_until

pytestmark = pytest.mark.acceptance


def plantgate(*arguments: str) -> str:
    """What a command says; it has to succeed."""
    done = subprocess.run([PLANTGATE, *arguments], capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class OtherBox:
    """Another computer: a site and a state of its own on the same network."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.first = bench.site

    def takes_over(self, file: Path) -> None:
        """Restore ``file`` there; from now on the agent of the bench is that one."""
        there = self.bench.directory / "other"
        plantgate("restore", str(file), str(there / "site"), "--state", str(there / "state"), "--reason", "new box")
        self.bench.site, self.bench.directory = there / "site", self.bench.directory
        (self.bench.state).rename(self.bench.directory / "state-of-the-first")
        (there / "state").rename(self.bench.state)


def count(bench: Bench) -> int:
    return len(bench.events())


def events_going_on(bench: Bench) -> tuple[threading.Event, threading.Thread]:
    """The tank runs low and full, several times a second, until told to stop."""
    over, emulator = threading.Event(), bench.emulator()

    def move() -> None:
        for level in itertools.cycle((20, 60)):
            if over.wait(0.3):
                return
            tell(emulator, f"set booster.level {level}")
            tell(emulator, f"set booster.pump_1_fault {int(level == 20)}")

    thread = threading.Thread(target=move)
    thread.start()
    return over, thread


@pytest.mark.parametrize("verb", ["backup", "move"])
def test_another_box_goes_on(bench: Bench, verb: str) -> None:
    bench.broker()
    over, moving = events_going_on(bench)
    try:
        agent, file = bench.agent(), bench.directory / "gw.zip"
        bench.receiver()
        wait_until("events at headquarters", lambda: count(bench) > 20)
        if verb == "backup":
            plantgate("backup", str(file), "--state", str(bench.state))
            before = count(bench)
            wait_until("events after the backup", lambda: count(bench) > before + 10)
            assert stop(agent) == 0
        else:
            assert stop(agent) == 0
            where = ("--site", str(bench.site), "--state", str(bench.state))
            # Events of its last second may not have reached headquarters: they go along.
            plantgate("move", str(file), *where, "--reason", "new box")
            retired = bench.agent(ready=False)
            assert retired.wait(DEADLINE) == 3
        before = count(bench)
        OtherBox(bench).takes_over(file)
        agent = bench.agent()
        wait_until("events of the other box", lambda: count(bench) > before + 10)
    finally:
        over.set()
        moving.join()
    assert plantgate_code("disarmed", "--state", str(bench.state)) == 1
    wait_until("all settled", lambda: bench.settled)
    assert stop(agent) == 0

    def complete() -> bool:
        code, report = bench.audit()
        return code == 0 and bool(report["good"])

    wait_until("complete store", complete)
    _, report = bench.audit()
    keys = [(event["epoch"], event["seq"]) for event in bench.events()]
    assert len(keys) == len(set(keys))
    assert (report["lost"], report["conflicts"], report["doubled_orders"]) == (0, 0, 0)
    acts = [event["body"]["action"] for event in bench.events() if event["kind"] == "audit"]
    assert {verb, "restore"} <= {*acts}
    assert len({epoch for epoch, _ in keys}) >= 2


def plantgate_code(*arguments: str) -> int:
    return subprocess.run([PLANTGATE, *arguments], capture_output=True, timeout=DEADLINE, check=False).returncode
