"""Plans of a site's own: read beside those of its packs, and no reason to stop watching when they are wrong."""

from pathlib import Path

import pytest

from config.difference import difference
from config.errors import ConfigError
from config.site import load_site
from tests.unit.config.edits import edit

PLAN = '- {id: cleaning, for_each: water-tank, title: Cleaning, before: "06-01"}\n'


@pytest.fixture
def planned(site: Path) -> Path:
    (site / "plans").mkdir()
    (site / "plans" / "site.yaml").write_text(PLAN, encoding="utf-8")
    return site


def plans(site: Path, *, start: bool = False) -> list[str]:
    return [plan.id for plan in load_site(site, start=start).tasks.plans]


def test_it_is_read_and_a_rule_may_ask_for_it(planned: Path) -> None:
    edit(planned / "rules" / "site.yaml", "level >= high", "due_in(cleaning) < 30 d")
    assert plans(planned) == ["cleaning"]


@pytest.mark.parametrize(
    ("line", "expected"), [("plans: [yearly/*.yaml]\n", []), ("plans: [plans/site.yaml]\n", ["cleaning"])]
)
def test_plant_yaml_may_say_where_they_are(planned: Path, line: str, expected: list[str]) -> None:
    with (planned / "plant.yaml").open("a", encoding="utf-8") as file:
        file.write(line)
    assert plans(planned) == expected


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("water-tank", "water-tnak", "rule.no-class"),
        ("id: cleaning", "id: lightning-test", "config.twice"),
        ('"06-01"', '"06-31"', "value.month-day"),
        ("- {id", "floors: {id", "schema.list"),
    ],
)
def test_what_is_wrong_is_told_and_does_not_stop_the_watching(planned: Path, old: str, new: str, code: str) -> None:
    edit(planned / "plant.yaml", "packs: [agent]", "packs: [agent, electrical]")
    edit(planned / "plans" / "site.yaml", old, new)
    with pytest.raises(ConfigError) as caught:
        load_site(planned)
    (finding,) = caught.value.findings
    assert (finding.code, finding.place and finding.place.file) == (code, "plans/site.yaml")
    assert plans(planned, start=True) == ["lightning-test"]
    assert finding in load_site(planned, start=True).doubts


def test_a_plan_that_only_moved_in_its_file_is_the_same(planned: Path) -> None:
    before = load_site(planned)
    edit(planned / "plans" / "site.yaml", "- {id", "# first\n- {id")
    assert difference(before, load_site(planned)).parts == {}
