"""A generating set under test, over real sockets: the gateway dies at every step, and the mains fails."""

import asyncio
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.errors import AgentError
from agent.local import ask
from tests.acceptance.processes import Bench, stop, tell, wait_until

pytestmark = pytest.mark.acceptance

SITE = Path(__file__).parent / "generator"
SPEED = 20.0
KEYS = {35705: "start", 35700: "stop", 35701: "auto", 35702: "manual", 35733: "cancel"}
"""DSE GenComm, page 16: the keys that command the controller."""
STEPS = [("main", 2), ("main", 4), ("main", 5), ("main", 6), ("always", 2), ("always", 3)]
"""Every step that takes time: how many steps of that part have begun."""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path, SITE, SPEED)
    yield bench
    bench.close()


def runs(bench: Bench) -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = asyncio.run(ask(bench.state, "runs"))
    except AgentError:
        return []
    return found


def start(bench: Bench) -> str:
    """Start a test as soon as the set may be tested."""
    started: list[str] = []

    def accepted() -> bool:
        try:
            answer = asyncio.run(ask(bench.state, "start", procedure="quick", equipment="generator", by="Li"))
        except AgentError:
            return False
        started.append(answer["run"])
        return True

    wait_until("start", accepted, 60)
    return started[0]


def begun(bench: Bench, run: str, part: str) -> int:
    steps = [step for record in runs(bench) if record["run"] == run for step in record["steps"]]
    return sum(step["part"] == part for step in steps)


def verdict(bench: Bench, run: str) -> str:
    return next((str(record["verdict"]) for record in runs(bench) if record["run"] == run), "running")


def last_steps(bench: Bench, run: str) -> list[str]:
    record = next(record for record in runs(bench) if record["run"] == run)
    return [str(step["outcome"]) for step in record["steps"] if step["part"] == "always"][-3:]


def ended(bench: Bench, run: str) -> bool:
    record = next((record for record in runs(bench) if record["run"] == run), None)
    return record is not None and record["verdict"] != "running" and bool(record["steps"][-1]["outcome"])


def kill_and_return(bench: Bench, agent: Any) -> Any:
    stop(agent, signal.SIGKILL)
    return bench.agent()


def test_killed_at_every_step_the_set_ends_stopped_and_in_auto(bench: Bench) -> None:
    bench.broker()
    emulator, agent = bench.emulator(), bench.agent()
    bench.receiver()
    for part, count in STEPS:
        run = start(bench)
        wait_until(f"{part} {count}", lambda: begun(bench, run, part) >= count, 60)  # noqa: B023
        agent = kill_and_return(bench, agent)
        wait_until("end of the run", lambda: ended(bench, run), 60)  # noqa: B023
        # The last two read back from the machine itself that it is in automatic, and that it stands.
        assert last_steps(bench, run) == ["done", "done", "done"], (part, count)
        assert verdict(bench, run) == ("passed" if part == "always" else "aborted")
    settled(bench)
    stop(agent)
    audited(commands(bench), [KEYS[write["write"]["words"][0]] for write in bench.writes(emulator)], len(STEPS))


@pytest.mark.parametrize("killed", [False, True])
def test_mains_failure_hands_the_set_over(bench: Bench, killed: bool) -> None:
    emulator, agent = bench.emulator(), bench.agent()
    run = start(bench)
    wait_until("hold", lambda: begun(bench, run, "main") >= 6, 60)
    tell(emulator, "fault mains-meter off")
    if killed:
        kill_and_return(bench, agent)
    wait_until("end of the run", lambda: ended(bench, run), 60)
    assert verdict(bench, run) in ({"handed_over", "aborted"} if killed else {"handed_over"})
    verbs = [KEYS[write["write"]["words"][0]] for write in bench.writes(emulator)]
    assert (verbs[-1], verbs.count("start")) == ("auto", 1)
    assert not {"stop", "cancel"} & {*verbs}


def settled(bench: Bench) -> None:
    wait_until("all settled", lambda: (bench.ask("status") or [{}])[0]["queue"]["unsettled"] == 0, 60)


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
