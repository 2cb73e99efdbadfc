"""Titles in as many languages as their author writes."""

from pathlib import Path

import pytest

from config.catalogue import LANGUAGES
from config.errors import ConfigError
from config.site import load_site
from rules.model import Title, pick
from tests.unit.config.edits import edit

TITLE = "title: {zh: 1号水箱, en: Tank 1}"


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("水箱", dict.fromkeys(LANGUAGES, "水箱")),
        ("{zh: 水箱}", {"zh": "水箱"}),
        ("{zh: 水箱, de: Behälter, pt-BR: Tanque}", {"zh": "水箱", "de": "Behälter", "pt-BR": "Tanque"}),
    ],
)
def test_a_title_is_an_open_mapping(site: Path, written: str, title: Title) -> None:
    edit(site / "plant.yaml", TITLE, f"title: {written}")
    assert next(one for one in load_site(site).equipment if one.id == "tank-1").title == title


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("{ZH: 水箱}", "title.language"),
        ("{1: 水箱}", "title.language"),
        ("{}", "schema.too-few"),
        ('{zh: ""}', "schema.empty"),
        ('""', "schema.empty"),
        ("7", "schema.mapping"),
    ],
)
def test_a_title_that_says_nothing_is_refused(site: Path, written: str, code: str) -> None:
    edit(site / "plant.yaml", TITLE, f"title: {written}")
    with pytest.raises(ConfigError) as refused:
        load_site(site)
    assert [finding.code for finding in refused.value.findings] == [code]


@pytest.mark.parametrize(
    ("title", "lang", "text"),
    [
        ({"zh": "水", "en": "water"}, "zh", "水"),
        ({"zh": "水", "en": "water"}, "de", "water"),
        ({"zh": "水"}, "en", "水"),
        ({}, "zh", ""),
    ],
)
def test_what_is_missing_falls_back(title: Title, lang: str, text: str) -> None:
    assert pick(title, lang) == text
