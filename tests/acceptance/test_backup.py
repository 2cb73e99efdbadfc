"""A gateway backed up while it works goes on on another box: headquarters has every event once, in order."""

import subprocess
import threading
from pathlib import Path

import pytest

from tests.acceptance.processes import DEADLINE, PLANTGATE, Bench, stop, wait_until

pytestmark = pytest.mark.acceptance


def plantgate(*arguments: str) -> str:
    """What a command says; it has to succeed."""
    done = subprocess.run([PLANTGATE, *arguments], capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def takes_over(bench: Bench, file: Path) -> None:
    """Restore ``file`` on another box of the same network; from now on the agent of the bench is that one."""
    there = bench.directory / "other"
    plantgate("restore", str(file), str(there / "site"), "--state", str(there / "state"), "--reason", "new box")
    bench.state.rename(bench.directory / "state-of-the-first")
    (there / "state").rename(bench.state)
    bench.site = there / "site"


class People:
    """They forbid and allow commands by turns, so that there is always something to tell."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._act)

    def begin(self) -> "People":
        self._thread.start()
        return self

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def _act(self) -> None:
        while not self._over.wait(0.2):
            self._bench.ask("hold", by="Li", reason="a try")
            self._bench.ask("unhold", by="Li", reason="over")


def count(bench: Bench) -> int:
    return len(bench.events())


@pytest.mark.parametrize("verb", ["backup", "move"])
def test_another_box_goes_on(bench: Bench, verb: str) -> None:
    bench.broker()
    bench.emulator()
    people = People(bench).begin()
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
            people.end()
            assert stop(agent) == 0
            where = ("--site", str(bench.site), "--state", str(bench.state))
            # Events of its last second may not have reached headquarters: they go along.
            plantgate("move", str(file), *where, "--reason", "new box")
            retired = bench.agent(ready=False)
            assert retired.wait(DEADLINE) == 3
            people = People(bench).begin()
        before = count(bench)
        takes_over(bench, file)
        agent = bench.agent()
        wait_until("events of the other box", lambda: count(bench) > before + 10)
    finally:
        people.end()
    assert plantgate_code("disarmed", "--state", str(bench.state)) == 1
    wait_until("all settled", lambda: bench.settled)
    assert stop(agent) == 0
    wait_until("complete store", lambda: bench.complete)
    code, report = bench.audit()
    assert (code, report["good"]) == (0, True)
    keys = [(event["epoch"], event["seq"]) for event in bench.events()]
    assert len(keys) == len(set(keys))
    assert (report["lost"], report["conflicts"], report["doubled_orders"]) == (0, 0, 0)
    acts = [event["body"]["action"] for event in bench.events() if event["kind"] == "audit"]
    assert {verb, "restore"} <= {*acts}
    assert len({epoch for epoch, _ in keys}) >= 2


def plantgate_code(*arguments: str) -> int:
    return subprocess.run([PLANTGATE, *arguments], capture_output=True, timeout=DEADLINE, check=False).returncode
