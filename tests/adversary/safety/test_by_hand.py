"""Commands by hand: what may be given, what proves that it worked, and what it owes."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from rules.inputs import CommandResult, Outcome
from tests.adversary.safety.bench import Bench, Genset
from tests.adversary.safety.scenes import SHORT, moved_by_hand

REFUSED: list[tuple[str, Callable[[], Bench], str, dict[str, object], str]] = [
    ("a second start", moved_by_hand, "start", {}, "byhand.given-already"),
    ("a start while it runs", lambda: Bench(Genset(mode="manual", asked=True)), "start", {}, "procedure.requires"),
    ("a mode nobody knows", lambda: _without_mode(Bench()), "manual", {}, "byhand.mode-unknown"),
    ("more time without a reason", Bench, "manual", {"seconds": 3600.0}, "debt.reason"),
    ("two days", Bench, "manual", {"seconds": 172_800.0, "reason": "work"}, "debt.too-long"),
    ("no way back", lambda: Bench(verbs=("start", "stop")), "start", {}, "byhand.no-safe"),
]


def _without_mode(bench: Bench) -> Bench:
    bench.frozen = bench.machine.values() | {"mode": None}
    return bench.live(3)


@pytest.mark.parametrize(("scene", "verb", "more", "code"), [row[1:] for row in REFUSED], ids=[r[0] for r in REFUSED])
def test_refused(scene: Callable[[], Bench], verb: str, more: dict[str, object], code: str) -> None:
    bench = scene()
    before = list(bench.acted)
    assert code in bench.give(verb, **more)
    assert bench.live(3).acted == before


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.EXPIRED])
def test_a_command_that_did_nothing_owes_nothing(outcome: Outcome) -> None:
    bench = Bench()
    bench.held = True
    bench.give("manual")
    assert len(bench.debts) == 1
    bench.put(CommandResult(bench.pending.pop().id, outcome))
    assert bench.debts == []


def test_a_later_command_puts_off_nothing() -> None:
    bench = Bench()
    bench.give("manual", seconds=SHORT)
    for _ in range(5):
        bench.live(10)
        bench.give("manual", seconds=10 * SHORT)
    assert bench.live(20).back


def test_a_sample_from_before_the_write_proves_nothing() -> None:
    bench = Bench()
    late = bench.now
    assert bench.give("manual", seconds=SHORT) == []
    bench.live(6)
    bench.machine.obeys = False
    assert bench.give("auto") == []
    # What arrives now was sampled before it was ever moved.
    bench.sampled_at, bench.frozen = late, Genset().values()
    bench.live(60)
    assert (len(bench.debts), bench.alarmed) == (1, True)
    bench.sampled_at = None
    assert bench.live(4).debts == []


def test_one_sample_is_none() -> None:
    bench = moved_by_hand()
    bench.machine.obeys = False
    bench.give("auto")
    for _ in range(20):
        # It flickers: auto in one answer, manual in the next.
        bench.frozen = replace(bench.machine, mode="auto").values()
        bench.live(1)
        bench.frozen = None
        bench.live(1)
    assert (len(bench.debts), bench.alarmed) == (1, True)


def outcomes(bench: Bench, verb: str) -> list[str]:
    return [event.outcome for event in bench.events if event.kind == "audit" and event.action == verb]


def test_every_command_by_hand_is_proven_or_told_to_be_not() -> None:
    bench = moved_by_hand()
    assert outcomes(bench, "manual") == ["issued", "done", "verified"]
    assert outcomes(bench, "start") == ["issued", "done", "verified"]
    deaf = Bench(Genset(obeys=False))
    deaf.give("manual", seconds=600.0)
    deaf.live(70)
    assert outcomes(deaf, "manual") == ["issued", "done", "unproven"]


def test_what_was_so_before_is_told_as_such() -> None:
    bench = Bench()
    bench.give("auto")
    bench.live(6)
    assert (outcomes(bench, "auto"), bench.debts) == (["issued", "done", "unchanged"], [])
