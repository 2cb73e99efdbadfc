"""Every text reads as its language is written; ``make texts`` shows them all on one page."""

from pathlib import Path

import pytest

from config.catalogue import LANGUAGES
from tests.areas import ROOT
from tests.texts.__main__ import row
from tests.texts.found import Text, texts
from tests.texts.judged import RULES, faults


def test_no_text_has_a_word_or_a_sign_that_people_do_not_write() -> None:
    found = [
        f"{text.place} ({lang}) {fault}"
        for text in texts()
        for lang, said in text.said.items()
        for fault in faults(lang, said)
    ]
    assert found == []


PAGES = sorted([*ROOT.glob("*.zh.md"), *(ROOT / "docs").glob("*.zh.md")])
WORDS = [rule for rule in RULES["zh"] if ", not " in rule]
"""Rules about words; the punctuation of a page is that of Markdown as well."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_has_a_word_that_people_do_not_write(page: Path) -> None:
    found = [*faults("zh", page.read_text(encoding="utf-8"))]
    assert [fault for fault in found if fault.startswith(tuple(WORDS))] == []


def test_sentences_and_titles_are_found() -> None:
    every = list(texts())
    places = {text.place for text in every}
    assert {"check.good", "classes/water-tank.yaml title", "rules/water-supply.yaml W01 title"} <= places
    assert len(every) > 2000


@pytest.mark.parametrize(
    ("lang", "said", "rule"),
    [
        ("zh", "水箱低水位报警", "告警"),
        ("zh", "请检查你的设备", "您"),
        ("zh", "水箱,水泵", "full-width ,"),
        ("zh", "水箱: 低", "full-width ,"),
        ("zh", "过载(第五位)", "brackets"),
        ("zh", '设备"水箱"离线', "quotes"),
        ("zh", "站点目录（缺省：当前目录）", "默认"),
        ("zh", "见告警的一生", "生命周期"),
        ("en", "1 link(s)", "(s)"),
        ("en", "x is no site", "is not a"),
        ("en", "No value，try again", "Chinese"),
        ("en", "Please wait", "please"),
        ("en", "all: True", "true and false"),
    ],
)
def test_what_is_forbidden(lang: str, said: str, rule: str) -> None:
    assert [fault for fault in faults(lang, said) if rule in fault]


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("zh", "火灾报警控制器"),
        ("zh", "请写成 file:路径 或 主机:端口"),
        ("zh", '例如：plantgate hold --reason "井道内有人"'),
        ("zh", "浓度（单位随传感器）：1,000 ppm"),
        ("en", "a != b (limit)"),
    ],
)
def test_what_is_not(lang: str, said: str) -> None:
    assert [*faults(lang, said)] == []


def test_a_row_shows_both_languages_and_marks_what_is_forbidden() -> None:
    made = row(Text("a.b", {"zh": "报警 <1>", "en": "Alarm"}))
    assert '<td class="fault" title="告警, not 报警' in made
    assert "报警 &lt;1&gt;</td>" in made
    assert made.count("<td") == 1 + len(LANGUAGES)
