"""Each folder of ``bad`` is a site with mistakes or doubts, and the whole text a person reads about them.

A new mistake is a new folder: the files, and ``expected.en.txt``.
"""

from functools import cache
from pathlib import Path

import pytest

from config.assembly.doubts import doubts
from config.catalogue import Catalogue
from config.errors import ConfigError
from config.rule_tests import load_suite
from config.site import compile_site

BAD = Path(__file__).parent / "bad"
CASES = sorted(path.name for path in BAD.iterdir())


@cache
def mistakes(case: str) -> ConfigError:
    """What ``plantgate check`` says of it."""
    try:
        plant, rulebook = compile_site(BAD / case)
        load_suite(BAD / case, plant)
    except ConfigError as error:
        return error
    return ConfigError(doubts(plant, rulebook))


@pytest.mark.parametrize("case", CASES)
def test_whole_text(case: str) -> None:
    expected = (BAD / case / "expected.en.txt").read_text(encoding="utf-8")
    assert Catalogue.load("en").error(mistakes(case)) + "\n" == expected


@pytest.mark.parametrize("case", CASES)
def test_chinese_text_has_the_same_findings(case: str) -> None:
    text = Catalogue.load("zh").error(mistakes(case))
    places = [finding.place for finding in mistakes(case).findings if finding.place]
    assert places
    assert all(f"{place.file}:{place.line}:{place.column}: " in text for place in places)
