"""What a month of alarms costs in the journal: ``python -m tests.bench.storage`` prints it alone."""

import asyncio
import gc
import os
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from agent.journal import Journal
from config.site import load_site
from rules.effects import Effects
from rules.facts import AlarmFact, Evidence, When, Why
from runtime.clock import Clock
from tests.acceptance.processes import PLANTGATE, Bench
from tests.bench.rows import Row, print_rows

EXAMPLE = Path(__file__).parents[2] / "config" / "examples" / "harbour-plaza"
EVENTS, PER_COMMIT = 432_000, 200
"""Thirty days at ten a minute."""
MB = 1024 * 1024


def rows() -> list[Row]:
    """Fill a journal with alarms of the shipped rules, and start a gateway on it."""
    with tempfile.TemporaryDirectory() as directory:
        bench = Bench(Path(directory))
        try:
            bench.state.mkdir()
            seconds, memory = asyncio.run(_fill(bench.state / "journal.db"))
            size = sum(file.stat().st_size for file in bench.state.iterdir())
            return _told(seconds, memory, size, _first_poll(bench))
        finally:
            bench.close()


def _told(seconds: float, memory: float, size: int, first_poll: float) -> list[Row]:
    return [
        (f"{EVENTS} alarms waiting in the journal", "measured", "aim"),
        ("on disk", f"{size / MB:.0f} MB", "<= 256 MB"),
        ("for each event", f"{size / EVENTS:.0f} bytes", ""),
        ("memory of the process that wrote them", f"{memory:+.1f} MB", "<= 10 MB"),
        (f"events a second, {PER_COMMIT} to a commit", f"{EVENTS / seconds:.0f}", ""),
        ("start with them to the first poll answered", f"{first_poll:.2f} s", "<= 2 s"),
    ]


async def _fill(path: Path) -> tuple[float, float]:
    """Seconds it took, and MB of memory more than before."""
    told, clock = alarms(), Clock()
    journal = await Journal.open(path, "gw-bench", clock)
    await journal.commit(Effects(events=[told[0]]), clock.now())
    before, began = _resident(), time.monotonic()  # noqa: TID251 - measures
    for number in range(1, EVENTS, PER_COMMIT):
        events = [_at(told[n % len(told)], n) for n in range(number, min(EVENTS, number + PER_COMMIT))]
        await journal.commit(Effects(events=[*events]), clock.now())
    seconds = time.monotonic() - began  # noqa: TID251
    gc.collect()
    memory = _resident() - before
    await journal.close()
    return seconds, memory


def alarms() -> list[AlarmFact]:
    """One alarm of every rule on every equipment of an example, as the engine would tell it."""
    plant = load_site(EXAMPLE)
    return [
        AlarmFact(
            f"{one.id}/{rule.id}", rule.id, one.id, rule.title, rule.severity, "pending", "active", False, 1, "engine",
            When(0.0, True, "", 0.0),
            Why(rule.when.text, [Evidence(role, 0.0, "", "good", "", 0.0) for role in [*one.roles][:2]], "a.yaml", 1),
            one.title, one.location, one.asset, rule.consequence, rule.action,
        )
        for one in plant.equipment for rule in plant.rules if rule.for_each == one.cls
    ]  # fmt: skip


def _at(alarm: AlarmFact, number: int) -> AlarmFact:
    """The alarm once more, at another time, of other values."""
    seen = [replace(e, value=number * 7919 % 10_000 / 100, age=number * 31 % 1000 / 1000) for e in alarm.why.inputs]
    at = When(1.8e9 + number * 6.001, True, "3f6f7a8e-0c7e-4a52-9a05-0f6f1a1b2c3d", number * 6.001)
    return replace(alarm, at=at, why=replace(alarm.why, inputs=seen), episode=number)


def _first_poll(bench: Bench) -> float:
    """Seconds from the start of a gateway until a device has answered it."""
    bench.emulator()
    log = bench.directory / "plantgate-run.log"
    began = time.monotonic()  # noqa: TID251
    bench.start(PLANTGATE, "run", str(bench.site), "--state", str(bench.state), stdout=subprocess.DEVNULL)
    while '"device.online"' not in log.read_text(encoding="utf-8"):
        time.sleep(0.01)  # noqa: TID251
    return time.monotonic() - began  # noqa: TID251


def _resident() -> float:
    """MB of this process in memory (proc(5), statm)."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / MB


if __name__ == "__main__":
    print_rows(rows())
