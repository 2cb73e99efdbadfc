"""Mistakes of a person: each cause once, told in a file of the person."""

import pytest

from config.errors import ConfigError, folded
from drivers.points import Finding, Place

A, B, C = Place("a.yaml", 1, 1), Place("a.yaml", 2, 1), Place("a.yaml", 2, 9)
SHIPPED = Place("config/rules/x.yaml", 7, 1)


def lost(name: str, place: Place, code: str = "equipment.no-device", argument: str = "device") -> Finding:
    return Finding(code, place, {argument: name})


def test_what_is_missing_is_told_once_with_every_place() -> None:
    other = lost("b", B, "condition.unknown-equipment", "name")
    (found,) = folded([lost("b", A), lost("b", B), lost("b", C), other])
    assert (found.place, found.following, found.more) == (A, (B,), 2)


def test_two_causes_are_two_findings() -> None:
    assert len(folded([lost("b", A), lost("c", A), lost("b", A, "plant.no-template", "template")])) == 3


def test_the_file_of_the_person_comes_before_ours() -> None:
    (found,) = folded([lost("b", SHIPPED), lost("b", A)])
    assert (found.place, found.following, found.more) == (A, (), 1)


def test_a_mistake_that_shows_on_each_equipment_is_one() -> None:
    told = [Finding("condition.parameter-missing", A, {"name": "low", "equipment": name}) for name in ("t1", "t2")]
    (found,) = folded(told)
    assert found.more == 0


@pytest.mark.parametrize("arguments", [({"key": "a"}, {"key": "b"}), ({"equipment": "a"}, {"equipment": "b"})])
def test_without_a_place_nothing_is_alike_but_the_same(arguments: tuple[dict[str, object], ...]) -> None:
    assert len(folded(Finding("people.x", None, one) for one in arguments)) == 2


def test_the_count_is_that_of_the_causes() -> None:
    assert ConfigError([lost("b", A), lost("b", B)]).arguments == {"count": 1}
