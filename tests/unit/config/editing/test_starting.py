"""A new site: in order at once, whatever a person calls it, and never over an old one."""

from pathlib import Path

import pytest

from config.editing.editor import unmarked
from config.editing.starting import Answers, start_site
from config.errors import ConfigError
from config.rule_tests import load_suite
from config.site import load_site
from rules.testing import run_test

ANSWERS = Answers("plaza", "海港广场", "Harbour Plaza")


def test_it_is_in_order_at_once(tmp_path: Path) -> None:
    site = tmp_path / "new" / "plaza"
    names = start_site(site, ANSWERS)
    plant = load_site(site)
    assert (plant.site.id, plant.site.title) == ("plaza", {"zh": "海港广场", "en": "Harbour Plaza"})
    assert (plant.gateway, plant.uplink.consumers, plant.devices) == ("gw-1", ("hq",), ())
    assert {name.as_posix() for name in names} >= {"plant.yaml", "rules/site.yaml.example", ".schema/plant.json"}
    assert list(unmarked(site)) == []


def test_its_example_is_a_rule_with_a_test_that_passes(tmp_path: Path) -> None:
    start_site(tmp_path, ANSWERS)
    for example in (tmp_path / "rules").glob("*.example"):
        example.rename(example.with_suffix(""))
    assert list(unmarked(tmp_path)) == []
    suite = load_suite(tmp_path)
    assert suite.tests
    assert all(run_test(test, suite.classes, suite.rules).passed for test in suite.tests)


@pytest.mark.parametrize("title", ['A: "B" # c', "on", "- x", "{a}", "22:30", "$id", "'", "水\\n泵", "true", "a, b"])
def test_any_name_of_a_building_will_do(tmp_path: Path, title: str) -> None:
    start_site(tmp_path, Answers("s", title, title))
    assert load_site(tmp_path).site.title == {"zh": title, "en": title}


@pytest.mark.parametrize("url", ["modbus-tcp://192.168.1.20:502", "modbus-rtu:///dev/ttyUSB0?baud=9600&parity=N"])
def test_the_first_link_is_there(tmp_path: Path, url: str) -> None:
    start_site(tmp_path, Answers("s", "s", "s", links=(url,)))
    assert [(link.id, link.url) for link in load_site(tmp_path).links] == [("bus-1", url)]


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        (Answers("Harbour Plaza", "a", "a"), "value.identifier"),
        (Answers("s", "a", "a", broker="broker"), "value.url"),
        (Answers("s", "a", "a", timezone="Asia/Harbour"), "value.timezone"),
        (Answers("s", "", "a"), "schema.empty"),
        (Answers("s", "a", "a", links=("http://pumps",)), "value.url"),
    ],
)
def test_an_answer_that_does_not_do_writes_nothing(tmp_path: Path, answers: Answers, code: str) -> None:
    with pytest.raises(ConfigError) as caught:
        start_site(tmp_path / "site", answers)
    assert code in [finding.code for finding in caught.value.findings]
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("taken", ["plant.yaml", "rules/site.yaml.example"])
def test_what_is_there_is_never_written_over(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).parent.mkdir(exist_ok=True)
    (tmp_path / taken).write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        start_site(tmp_path, ANSWERS)
    assert [finding.code for finding in caught.value.findings] == ["site.exists"]
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [Path(taken).name]
