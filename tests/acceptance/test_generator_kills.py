"""A generating set under test, over real sockets: the gateway dies at every step, and the mains fails."""

import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.processes import Bench, stop, tell, wait_until

pytestmark = pytest.mark.acceptance

SITE = Path(__file__).parent / "generator"
SPEED = 20.0
KEYS = {35705: "start", 35700: "stop", 35701: "auto", 35702: "manual", 35733: "cancel"}
"""DSE GenComm, page 16: the keys that command the controller."""
STEPS = [("main", 2), ("main", 4), ("main", 5), ("main", 6), ("always", 2), ("always", 3)]
"""Every step that takes time: how many steps of that part have begun."""
HOLD = 6
"""The step of the main part that lets the set run for a while."""
UNDISTURBED = ("running", "passed")
TRIES = 5


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path, SITE, SPEED)
    yield bench
    bench.close()


def runs(bench: Bench) -> list[dict[str, Any]]:
    return bench.ask("runs") or []


def start(bench: Bench) -> str:
    """Start a test as soon as the set may be tested."""
    started: list[str] = []

    def accepted() -> bool:
        answer = bench.ask("start", procedure="quick", equipment="generator", by="Li")
        started.extend([answer["run"]] if answer else [])
        return bool(started)

    wait_until("start", accepted)
    return started[0]


def record(bench: Bench, run: str) -> dict[str, Any]:
    """What the gateway tells of a run; empty while it does not answer."""
    return next((one for one in runs(bench) if one["run"] == run), {})


def begun(told: dict[str, Any], part: str) -> int:
    return sum(step["part"] == part for step in told.get("steps", ()))


def over(told: dict[str, Any]) -> bool:
    return bool(told) and told["verdict"] != "running" and bool(told["steps"][-1]["outcome"])


def end(bench: Bench, run: str) -> dict[str, Any]:
    """The record of a run once it has come to its end."""
    wait_until("end of the run", lambda: over(record(bench, run)))
    return record(bench, run)


def reach(bench: Bench, part: str, count: int) -> str:
    """A test that has begun so many steps of ``part``, the main one without a fault.

    On a machine that is busy elsewhere the set may be unseen for longer than its points may be: such a test aborts
    as it should, and shows nothing of what a kill does at the step that was meant. Then there is another one.
    """
    for _ in range(TRIES):
        run = start(bench)
        wait_until(f"{part} {count}", lambda: _reached(record(bench, run), part, count))  # noqa: B023
        told = record(bench, run)
        if begun(told, part) >= count and told["verdict"] in UNDISTURBED:
            return run
        reasons = end(bench, run)["reasons"]
        assert any(reason["arguments"].get("value") == "unknown" for reason in reasons), reasons
    raise AssertionError(f"{TRIES} tests saw too little of the set before {part} {count}")


def _reached(told: dict[str, Any], part: str, count: int) -> bool:
    return begun(told, part) >= count or told.get("verdict", "running") not in UNDISTURBED


def kill_and_return(bench: Bench, agent: Any) -> Any:
    stop(agent, signal.SIGKILL)
    return bench.agent()


def test_killed_at_every_step_the_set_ends_stopped_and_in_auto(bench: Bench) -> None:
    bench.broker()
    emulator, agent = bench.emulator(), bench.agent()
    bench.receiver()
    for part, count in STEPS:
        run = reach(bench, part, count)
        agent = kill_and_return(bench, agent)
        told = end(bench, run)
        # The last two read back from the machine itself that it is in automatic, and that it stands.
        last = [step["outcome"] for step in told["steps"] if step["part"] == "always"][-3:]
        assert last == ["done", "done", "done"], (part, count)
        # What was told of a step is stored: a test that had passed when it was killed has passed.
        assert told["verdict"] == ("passed" if part == "always" else "aborted"), (part, count, told["reasons"])
    wait_until("all settled", lambda: bench.settled)
    started = len(runs(bench))
    stop(agent)
    audited(commands(bench), [KEYS[write["write"]["words"][0]] for write in bench.writes(emulator)], started)


@pytest.mark.parametrize("killed", [False, True])
def test_mains_failure_hands_the_set_over(bench: Bench, killed: bool) -> None:
    emulator, agent = bench.emulator(), bench.agent()
    run = reach(bench, "main", HOLD)
    before = len(bench.writes(emulator))
    tell(emulator, "fault mains-meter off")
    if killed:
        kill_and_return(bench, agent)
    assert end(bench, run)["verdict"] in ({"handed_over", "aborted"} if killed else {"handed_over"})
    verbs = [KEYS[write["write"]["words"][0]] for write in bench.writes(emulator)]
    assert {*verbs[before:]} == {"auto"}
    assert verbs.count("start") == len(runs(bench))
    assert not {"stop", "cancel"} & {*verbs}


def commands(bench: Bench) -> list[dict[str, Any]]:
    """The audit of commands as headquarters has it, in order."""
    events = sorted(bench.events(), key=lambda event: int(event["seq"]))
    return [event["body"] for event in events if event["body"]["kind"] == "audit"]


def audited(facts: list[dict[str, Any]], acted: list[str], most_starts: int) -> None:
    """Every write has one row of its own before it, and every row tells in the end what became of it."""
    issued = [fact for fact in facts if fact["outcome"] == "issued"]
    assert len({fact["id"] for fact in issued}) == len(issued)
    rows = iter([fact["action"] for fact in issued])
    assert all(verb in rows for verb in acted), (acted, [fact["action"] for fact in issued])
    outcomes = {fact["id"]: fact["outcome"] for fact in facts}
    assert "issued" not in outcomes.values()
    known = Counter(fact["action"] for fact in issued if outcomes[fact["id"]] in ("done", "verified"))
    assert all(Counter(acted)[verb] >= count for verb, count in known.items())
    assert acted.count("start") <= most_starts
