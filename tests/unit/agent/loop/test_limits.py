"""Limits in force over loads and restarts: each change is audited once, with whoever announced or loaded it."""

from pathlib import Path

import pytest

from agent.loop.limits import NOBODY_ASKED, AnnouncedLimit, Initiator, LimitsInForce, restored
from config.plant import Plant
from config.site import load_site
from drivers.points import Instant
from rules.effects import Effects, Row
from rules.facts import AuditFact
from tests.unit.config.conftest import PLANT

AT = Instant(wall=1_800_000_000.0, trusted=True, boot="boot", mono=10.0)
LI, WU = Initiator("Li", "duty", "pipe repaired"), Initiator("Wu", "wu")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "plant.yaml").write_text(PLANT, encoding="utf-8")
    return tmp_path


def plant(site: Path, low: str = "35 %") -> Plant:
    (site / "plant.yaml").write_text(PLANT.replace("35 %", low), encoding="utf-8")
    return load_site(site)


def told(effects: Effects) -> list[tuple[str, ...]]:
    facts = [fact for fact in effects.events if isinstance(fact, AuditFact)]
    return [(fact.action, fact.equipment, fact.target, fact.detail, fact.by, fact.account, fact.why) for fact in facts]


class Store:
    """Rows as a store keeps them; what is not taken was lost by a kill."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Row] = {}

    def take(self, effects: Effects) -> Effects:
        for row in effects.rows:
            self.rows[row.table, row.key] = row
        return effects

    def again(self) -> LimitsInForce:
        return restored([row for row in self.rows.values() if row.body is not None])[0]


def load(limits: LimitsInForce, plant: Plant, who: Initiator = NOBODY_ASKED) -> Effects:
    return limits.load(plant, who, AT, simulated=False)


def test_the_first_load_of_all_is_no_change(site: Path) -> None:
    store = Store()
    assert told(store.take(load(LimitsInForce(), plant(site)))) == []
    assert store.take(load(store.again(), plant(site))) == Effects()


def test_by_hand_and_reload(site: Path) -> None:
    limits = LimitsInForce()
    load(limits, plant(site))
    changed = ("set-limit", "tank-1", "low", "low: 35 % -> 36 %", "Wu", "wu", "")
    assert told(load(limits, plant(site, "36 %"), WU)) == [changed]
    assert load(limits, plant(site, "36 %"), WU) == Effects()


@pytest.mark.parametrize("stored", [False, True])
def test_while_it_was_off_or_killed_before_it_was_stored(site: Path, stored: bool) -> None:
    store = Store()
    store.take(load(store.again(), plant(site)))
    effects = load(store.again(), plant(site, "36 %"), WU)
    if stored:
        store.take(effects)
    again = told(store.take(load(store.again(), plant(site, "36 %"))))
    expected = ("set-limit", "tank-1", "low", "low: 35 % -> 36 %", "configuration", "", "")
    assert again == ([] if stored else [expected])


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("loader", [NOBODY_ASKED, WU])
def test_who_announced_it_is_named_whoever_loads_it(site: Path, restart: bool, loader: Initiator) -> None:
    store = Store()
    limits = store.again()
    store.take(load(limits, plant(site)))
    store.take(limits.announce(AnnouncedLimit("tank-1", "low", plant(site, "36 %").fingerprint, LI)))
    limits = store.again() if restart else limits
    changed = ("set-limit", "tank-1", "low", "low: 35 % -> 36 %", "Li", "duty", "pipe repaired")
    assert told(store.take(load(limits, plant(site, "36 %"), loader))) == [changed]
    assert store.again().announced is None


@pytest.mark.parametrize("written", ["37 %", "36 % # by hand"])
def test_other_files_than_those_announced_are_not_his(site: Path, written: str) -> None:
    limits = LimitsInForce()
    load(limits, plant(site))
    limits.announce(AnnouncedLimit("tank-1", "low", plant(site, "36 %").fingerprint, LI))
    text = PLANT.replace("    parameters: {low: 35 %}", f"    parameters:\n      low: {written}")
    (site / "plant.yaml").write_text(text, encoding="utf-8")
    assert [row[4] for row in told(load(limits, load_site(site), WU))] == ["Wu"]


def test_what_was_forgotten_is_nobodys(site: Path) -> None:
    store = Store()
    limits = store.again()
    store.take(load(limits, plant(site)))
    store.take(limits.announce(AnnouncedLimit("tank-1", "low", plant(site, "36 %").fingerprint, LI)))
    store.take(limits.forget())
    assert [row[4] for row in told(load(store.again(), plant(site, "36 %")))] == ["configuration"]


def test_equipment_that_comes_and_goes_has_changed_no_limit(site: Path) -> None:
    store = Store()
    limits = store.again()
    whole = plant(site)
    text = PLANT.replace("id: tank-1", "id: tank-2").replace("35 %", "36 %")
    (site / "plant.yaml").write_text(text, encoding="utf-8")
    other = load_site(site)
    for one in (whole, other, whole):
        assert told(store.take(load(limits, one))) == []
    assert store.again().known == limits.known


def test_rows_of_others_and_of_other_versions(site: Path) -> None:
    others = [Row("alarm", "x", {"a": 1}), Row("limit-announced", "", {"nobody": "knows"})]
    limits, left = restored(others)
    assert (limits.announced, limits.known, left) == (None, {}, others[:1])
    load(limits, plant(site))
    assert restored(limits.rows())[0] == limits
