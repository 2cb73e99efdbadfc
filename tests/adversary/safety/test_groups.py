"""One device that moves two machines, each by itself: what stands against one and what against both."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from rules.inputs import GiveCommand, Hold, Lockout, Settle, StartRun
from rules.model import Equipment
from rules.procedure.target import Target
from tests.adversary.safety.test_orphans import SET, Site, against, moving
from tests.adversary.safety.test_put_right import reloaded
from tests.unit.rules.procedure.room import equipment, generator

OTHER, IO = "generator-2", "io"
DEVICE = Target("tcp:10.0.0.5:502", "1")


def of_device(name: str, supply: str, part: str) -> Equipment:
    """A set whose commands are carried out by a part of the device ``io``."""
    one = generator(name, supply)
    return replace(one, commands={verb: f"{IO}.{verb}_{part}" for verb in one.commands})


class Shared(Site):
    """Two sets of two supplies on one device; ``groups`` are those of their commands, empty: the whole device."""

    writes = "1"
    """Digest of what the template writes."""

    def __init__(self, *groups: str) -> None:
        self.groups = groups
        super().__init__()

    def _load(self) -> None:
        parts = [of_device(SET, "tower", "a"), of_device(OTHER, "elsewhere", "b")]
        self.equipment[:2] = parts
        self.equipment[5:] = [equipment(IO, "device")]
        self.wires = {IO: DEVICE, "mains": self.wires["mains"]}
        for one, group in zip(parts, self.groups, strict=True):
            self.wires |= {
                reference: replace(DEVICE, group=group, writes=self.writes) for reference in one.commands.values()
            }
        self.told = [replace(one, device=IO) for one in self.told[:1]]
        super()._load()


def under_test(site: Shared) -> None:
    site.start()
    site.until("main/6")


def moved(site: Shared) -> None:
    site.live(5)
    site.put(GiveCommand("h", SET, "manual", "Li"))
    site.carry_out()
    site.live(5)


Act = Callable[[Shared], object]
BOTH_BLOCKED = True
STANDS: list[tuple[str, tuple[str, str], Act, str, bool]] = [
    (
        "a lock-out of one, two groups",
        ("a", "b"),
        lambda site: site.put(Lockout(SET, "Li")),
        "procedure.locked-out",
        False,
    ),
    ("a lock-out of the device", ("a", "b"), lambda site: site.put(Lockout(IO, "Li")), "procedure.locked-out", True),
    ("a hold", ("a", "b"), lambda site: site.put(Hold("Li", "shaft")), "hold.standing", True),
    ("a test of one, two groups", ("a", "b"), under_test, "procedure.busy", False),
    ("a test of one, the same group", ("a", "a"), under_test, "procedure.busy", True),
    ("a test of one, the device as a whole", ("a", ""), under_test, "procedure.busy", True),
    ("what one is owed, two groups", ("a", "b"), moved, "procedure.unverified", False),
]


@pytest.mark.parametrize(("groups", "act", "code", "blocked"), [row[1:] for row in STANDS], ids=[r[0] for r in STANDS])
def test_what_stands_against_one_of_two(groups: tuple[str, str], act: Act, code: str, blocked: bool) -> None:
    site = Shared(*groups)
    site.live(5)
    act(site)
    started = [error.code for error in site.put(StartRun("generator-weekly", OTHER, "Li")).refused]
    assert (code in moving(site, OTHER), code in started) == (blocked, blocked)
    # It always stands against the one it is about, which a test of its own keeps busy or makes pay.
    mine = moving(site, SET) + [error.code for error in site.put(StartRun("generator-weekly", SET, "Li")).refused]
    assert code in mine or code == "procedure.unverified"


def test_another_controller_is_another_one_for_both() -> None:
    site = Shared("a", "b")
    site.put(replace(site.told[0], matches=False))
    assert {"identity.mismatch"} & set(against(site, SET)) & set(against(site, OTHER))


def test_each_owes_for_itself_and_is_given_back_by_its_own_command() -> None:
    site = Shared("a", "b")
    moved(site)
    (debt,) = site.state.procedures.obligations.values()
    assert (debt.target, debt.key) == ("io.auto_a", f"{SET}/auto@{DEVICE.key}a")
    assert [one.group for one in debt.machines] == ["a"]


@pytest.mark.parametrize(
    ("groups", "writes"),
    [(("", "b"), "1"), (("c", "b"), "1"), (("a", "b"), "2")],
    ids=["whole", "another group", "the same group, elsewhere"],
)
def test_a_template_that_parts_it_otherwise_makes_an_orphan_that_forbids_the_whole_device(
    groups: tuple[str, str], writes: str
) -> None:
    site = Shared("a", "b")
    moved(site)
    site.groups, site.writes = groups, writes
    site.kill()
    assert site.debts() == [f"owed/{SET}/auto@{DEVICE.key}a"]
    assert "orphan.standing" in against(site, SET)
    assert "orphan.standing" in against(site, OTHER)
    assert site.put(Settle(site.debts()[0], "Wang", "in auto, seen")).refused == []
    assert "orphan.standing" not in against(site, OTHER)


@pytest.mark.parametrize(
    ("groups", "writes"), [(("", "b"), "1"), (("c", "b"), "1"), (("a", "b"), "2")], ids=["whole", "group", "elsewhere"]
)
def test_a_template_put_right_is_reloaded_and_the_machine_is_given_back(groups: tuple[str, str], writes: str) -> None:
    site = Shared("a", "b")
    moved(site)
    site.groups, site.writes = groups, writes
    site.kill()

    def right(site: Site) -> None:
        assert isinstance(site, Shared)
        site.groups, site.writes = ("a", "b"), "1"

    assert len(site.debts()) == 1
    assert reloaded(site, right) == []
    assert site.debts() == []
    site.live(1900)
    assert (site.machine.mode, site.obligations()) == ("auto", [])
