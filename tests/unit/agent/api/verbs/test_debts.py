"""What is owed as people see it: the list, its lines, and more time."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from agent.api import requests
from agent.api.verbs.debts import DebtApi, listed
from agent.cli.shell.console import Console
from agent.cli.views.lines import debt_line
from config.catalogue import LANGUAGES, Catalogue
from drivers.points import PlantgateError
from rules.engine.state import EngineState
from rules.facts import moment
from rules.inputs import Input, StartRun
from rules.people import Access, Person
from rules.procedure.standing import LockedOut, Orphan
from tests.adversary.safety.bench import Bench

LI = Person("Li", Access.ENGINEER)


@dataclass
class Ticking:
    """The part of the ticker that is asked: each input is one step of the bench."""

    bench: Bench = field(default_factory=Bench)

    @property
    def state(self) -> EngineState:
        return self.bench.state

    async def submit(self, entry: Input) -> None:
        refused = self.bench.put(entry).refused
        if refused:
            raise refused[0]


def waiting() -> Bench:
    bench = Bench()
    bench.give("manual")
    return bench.live(60)


def stopped() -> Bench:
    bench = Bench()
    bench.give("stop")
    return bench.live(60)


def due() -> Bench:
    bench = waiting()
    bench.silent = True
    bench.live(1800)
    return bench


def withheld() -> Bench:
    bench = Bench()
    bench.give("manual", seconds=60.0)
    lock = LockedOut("mains", "Wang", "", moment(bench.now))
    bench.state.procedures.lockouts[lock.key] = lock
    return bench.live(90)


def lost() -> Bench:
    bench = waiting()
    bench.state.procedures.orphans = (Orphan("owed/genset/auto", "genset", (), "Li"),)
    return bench


def by_hand() -> Bench:
    bench = waiting()
    bench.machine.mode = "off"
    return bench.live(6)


def under_test() -> Bench:
    bench = Bench()
    bench.put(StartRun("generator-weekly", "genset", "Li"))
    bench.carry_out()
    return bench.live(5)


STATES = [
    (waiting, "waiting", "switch", 1740.0),
    (stopped, "waiting", "stop", 1740.0),
    (due, "due", "switch", None),
    (by_hand, "by-hand", "switch", None),
    (withheld, "withheld", "switch", None),
    (lost, "orphan", "switch", None),
    (under_test, "test", "start", None),
]


@pytest.mark.parametrize(("scene", "state", "effect", "left"), STATES)
def test_the_list_tells_how_each_debt_stands(scene: Any, state: str, effect: str, left: float | None) -> None:
    (told,) = listed(scene().state)
    assert (told["debt"], told["state"], told["effect"]) == ("owed/genset/auto", state, effect)
    assert (told["command"], told["by"], told["due_in"]) == ("auto", "Li", left)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_line_names_the_machine_who_and_how_long(lang: str) -> None:
    line = debt_line(listed(stopped().state)[0], Console(Catalogue.load(lang)))
    assert all(part in line for part in ("genset", "Li", "auto", "29", "owed/genset/auto")), line
    assert ("不在自动" if lang == "zh" else "not in AUTO") in line


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_line_says_what_forbids_giving_it_back(lang: str) -> None:
    line = debt_line(listed(withheld().state)[0], Console(Catalogue.load(lang)))
    assert all(part in line for part in ("genset", "mains", "Wang")), line
    assert ("不能交还" if lang == "zh" else "CANNOT BE GIVEN BACK") in line


async def test_more_time_is_asked_by_the_name_in_the_list() -> None:
    ticking = Ticking(waiting())
    debts = DebtApi(ticking)  # type: ignore[arg-type]
    await debts.extend(LI, requests.MoreTime("owed/genset/auto", 90.0, "Li", "load test"))
    (told,) = await debts.debts(LI, requests.Debts())
    assert told["due_in"] == 5400.0
    with pytest.raises(PlantgateError, match=r"debt\.reason"):
        await debts.extend(LI, requests.MoreTime("owed/genset/auto", 90.0, "Li", ""))
