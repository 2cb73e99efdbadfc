"""How errors and findings read."""

import shutil
from pathlib import Path

import pytest

from config.catalogue import MESSAGES, Catalogue, languages
from config.errors import ConfigError
from drivers.points import Finding, Place, PlantgateError

TEXTS = Catalogue(
    "en",
    {"a.b": "{what} is wrong", "c.d": "plain", "finding.suggestion": "Try: {suggestion}"},
)


def test_text() -> None:
    assert TEXTS.text("a.b", what="this") == "this is wrong"


@pytest.mark.parametrize(("code", "arguments"), [("no.such", {}), ("a.b", {})])
def test_missing_code_or_argument_is_a_bug(code: str, arguments: dict[str, object]) -> None:
    with pytest.raises(KeyError):
        TEXTS.text(code, **arguments)


@pytest.mark.parametrize(("word", "said"), [("lamp", "the lamp is off"), ("pump", "pump is off")])
def test_a_word_of_the_program_reads_as_its_text(word: str, said: str) -> None:
    catalogue = Catalogue("en", {"x.off": "{what} is off", "x.off.what=lamp": "the lamp"})
    assert catalogue.text("x.off", what=word) == said
    assert catalogue.error(PlantgateError("x.off", what=word)) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 links wait"), (1, "1 link waits"), ("1", "1 link waits"), (2, "2 links wait"), (11, "11 links wait")],
)
def test_what_is_counted_follows_its_number(count: object, said: str) -> None:
    assert Catalogue("en", {"a.b": "{count} {count:link waits|links wait}"}).text("a.b", count=count) == said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"finding": "f.g", "finding.role": "fuel"}, "set-a: fuel is unproved"),
        ({"finding": "f.g"}, "set-a: … is unproved"),  # told by a release that did not keep them
        ({"finding": "f.of-a-later-release", "finding.role": "fuel"}, "set-a: f.of-a-later-release"),
    ],
)
def test_a_finding_within_a_sentence_reads_as_its_own(arguments: dict[str, str], said: str) -> None:
    catalogue = Catalogue("en", {"x.y": "{equipment}: {finding}", "f.g": "{role} is unproved"})
    assert catalogue.error(PlantgateError("x.y", equipment="set-a", **arguments)) == said


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (0.2, "0 s", "0 秒"),
        (59.6, "1 min", "1 分钟"),
        (7_200, "2 h", "2 小时"),
        (97_505, "1 d 3 h 5 min 5 s", "1 天 3 小时 5 分钟 5 秒"),
    ],
)
def test_a_duration_reads_as_people_say_it(seconds: float, english: str, chinese: str) -> None:
    assert [Catalogue.load(lang).duration(seconds) for lang in ("en", "zh")] == [english, chinese]


@pytest.mark.parametrize(
    ("lang", "said"),
    [("en", "on this gateway by the hold input: io.key"), ("zh", "禁止命令输入 已在本网关上禁止命令：io.key")],
)
def test_a_hold_by_input_is_no_person(lang: str, said: str) -> None:
    assert said in Catalogue.load(lang).error(PlantgateError("hold.standing", by="input", reason="io.key"))


def test_error() -> None:
    assert TEXTS.error(PlantgateError("a.b", what="pump {1}")) == "pump {1} is wrong"


def test_finding_without_place() -> None:
    assert TEXTS.finding(Finding("c.d")) == "plain"


def test_finding_with_place_and_suggestion() -> None:
    finding = Finding("c.d", Place("x.yaml", 3, 5, "low: hihg"), suggestion="high")
    assert TEXTS.finding(finding) == "x.yaml:3:5: plain\n    low: hihg\n        ^\n  Try: high"


def test_caret_stands_below_wide_letters() -> None:
    lines = TEXTS.finding(Finding("c.d", Place("x.yaml", 1, 3, "水位x"))).splitlines()
    assert lines[-1] == "    " + " " * 4 + "^"


def test_config_error_shows_every_finding() -> None:
    here, there = Place("a.yaml", 1, 1), Place("a.yaml", 2, 1)
    assert TEXTS.error(ConfigError([Finding("c.d", here), Finding("c.d", there)])).count("plain") == 2


def test_a_new_language_is_one_file(tmp_path: Path) -> None:
    shutil.copytree(MESSAGES, tmp_path, dirs_exist_ok=True)
    (tmp_path / "de.yaml").write_text('cli.usage: "Aufruf:"\nschema.missing: "„{key}“ fehlt"\n', encoding="utf-8")
    assert languages(tmp_path) == ("zh", "de", "en")
    german, english = Catalogue.load("de", tmp_path), Catalogue.load("en", tmp_path)
    assert german.text("schema.missing", key="id") == "„id“ fehlt"
    assert german.text("yaml.bracket") == english.text("yaml.bracket")
    assert set(german.texts) >= set(english.texts)


@pytest.mark.parametrize(
    ("kept", "said"), [({}, "… was lost: …"), ({"link": "bus"}, "bus was lost: …"), (None, "… was lost: …")]
)
def test_an_outline_says_what_was_kept(kept: dict[str, str] | None, said: str) -> None:
    catalogue = Catalogue("en", {"link.lost": "{link} was lost: {reason}"})
    assert catalogue.outline("link.lost", kept) == said
