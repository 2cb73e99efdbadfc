"""Random acts of people, sites, devices and clocks against the whole envelope, judged by an independent opinion."""

from random import Random

import pytest

from drivers.points import Effect
from rules.engine.step import Engine
from rules.procedure import debt_discharge, envelope, orphan, person
from tests.adversary.safety.acts import WEIGHTS, People, arm
from tests.adversary.safety.world import World
from tests.soak import parts

SEED = 20260105
ACTS = 60
"""In one story; then nothing more happens until everything that is owed has long been due."""
QUIET = 3600.0
NEEDED = {"start", "manual", "stop", "auto", "stopped by the last look", "settled", "reload done", "reload refused"}
NEEDED |= {"killed before a commit", "killed after a commit"}
"""What must have happened again and again, or the stories prove nothing."""


def story(seed: int) -> tuple[World, list[str]]:
    """One of them, and how it went."""
    world = World(Random(seed))  # noqa: S311 -- told again by its seed
    world.restart()
    people, told = People(world), list[str]()
    world.live(3, 1)
    told.append(arm(people))
    for act in world.random.choices([*WEIGHTS], [*WEIGHTS.values()], k=ACTS):
        told.append(f"{world.true_time:g} {act.__name__}: {act(people)}")
        world.poll()
        if world.opinion.faults:
            return world, told
    world.crash = ""
    world.live(QUIET, 20)
    return world, told


def judge(world: World) -> list[str]:
    """What went wrong."""
    left = [
        f"{serial} was moved and stands in {world.machines[serial].mode}, and nobody is called: {sorted(world.alarms)}"
        for serial in sorted(world.debtors)
        if not world.alarmed(serial)
    ]
    return world.opinion.faults + left


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("number", "amount"), parts(10_000, 100_000, 10_000))
def test_nothing_moves_while_anything_forbids_it_and_nothing_is_left_moved(number: int, amount: int) -> None:
    counts: dict[str, int] = {}
    for episode in range(amount // ACTS):
        seed = SEED + number * 10_000 + episode
        world, told = story(seed)
        assert judge(world) == [], "\n".join([f"seed {seed}", *told])
        for what, times in world.counts.items():
            counts[what] = counts.get(what, 0) + times
    print(f"seed {SEED}, part {number}: {amount} acts, {dict(sorted(counts.items()))}")
    assert {what for what in NEEDED if counts.get(what, 0) < 5} == set()


BLIND: dict[str, tuple[object, str, object]] = {
    "no last look": (Engine, "may_still", lambda engine, state, command: []),
    "no orphans": (orphan, "orphans", lambda book, procedures: ()),
    "a safe command in spite of a person": (person, "moved", lambda hand, debt, view: False),
    "the whole table": (envelope, "FORBIDS", {one: frozenset[Effect]() for one in envelope.Situation}),
    "nothing falls due": (debt_discharge.Discharge, "_fall_due", lambda debt_discharge: None),
}
"""What the engine forgets -> where."""


@pytest.mark.parametrize("blind", BLIND)
def test_the_second_opinion_sees_what_the_engine_forgets(blind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*BLIND[blind])
    assert any(judge(story(SEED + number)[0]) for number in range(60))
