"""What a rulebook knows, and how it reports mistakes."""

from collections.abc import Sequence
from dataclasses import replace

from drivers.points import Finding, Place
from rules.engine.rulebook import compile_rulebook
from rules.model import Binding, Equipment, Rule, Source
from tests.unit.rules.bench import CLASSES, MAINS_1, low_level, tank


def findings(*rules: Rule, equipment: Sequence[Equipment] = ()) -> list[Finding]:
    return compile_rulebook(CLASSES, equipment, rules)[1]


def test_mistake_is_placed_at_its_column() -> None:
    source = Source("level <= lwo", Place("rules.yaml", 4, 11, "    when: level <= lwo"))
    found = findings(low_level(when=source), equipment=[tank()])
    assert [(one.code, one.place, one.suggestion) for one in found] == [
        ("condition.unknown-name", Place("rules.yaml", 4, 20, "    when: level <= lwo"), "low")
    ]


def test_same_mistake_on_many_tanks_is_one_finding() -> None:
    found = findings(low_level(when=Source("levle < low")), equipment=[tank(), tank("tank-2")])
    assert len(found) == 1


def test_rule_is_checked_without_equipment_too() -> None:
    found = findings(low_level(when=Source("levle < low and mains-1.healthy")))
    assert [one.code for one in found] == ["condition.unknown-name"]


def test_unknown_class() -> None:
    found = findings(low_level(for_each="watertank"))
    assert [(one.code, one.suggestion) for one in found] == [("condition.unknown-class", "water-tank")]


def test_rule_about_an_unbound_role_does_not_apply() -> None:
    rulebook, found = compile_rulebook(CLASSES, [tank()], [low_level(when=Source("fault"), clear=None)])
    assert (rulebook.watches, found) == ((), [])


def test_equal_points_and_functions_share_their_slot() -> None:
    rules = [low_level(id=name, when=Source("avg(level, 10 min) < low")) for name in ("A", "B")]
    rulebook, _ = compile_rulebook(CLASSES, [tank(), MAINS_1], rules)
    assert (rulebook.size, len(rulebook.instances), set(rulebook.feeds)) == (2, 1, {"tank-1.level"})


def test_rule_does_not_apply_without_what_it_needs() -> None:
    rule = low_level(when=Source("level < low and fault"), clear=None, needs=("fault",))
    rulebook, found = compile_rulebook(CLASSES, [tank()], [rule])
    assert (rulebook.watches, found) == ((), [])
    bound = replace(tank(), roles={**tank().roles, "fault": Binding("tank-1.fault")})
    rulebook, _ = compile_rulebook(CLASSES, [bound], [rule])
    assert [watch.id for watch in rulebook.watches] == [f"tank-1/{rule.id}"]
