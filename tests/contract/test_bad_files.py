"""Each folder of ``bad`` is a site with mistakes and the whole text a person reads about them.

A new mistake is a new folder: the files, and ``expected.en.txt``.
"""

from pathlib import Path

import pytest

from config.catalogue import Catalogue
from config.errors import ConfigError
from config.site import load_site

BAD = Path(__file__).parent / "bad"


@pytest.mark.parametrize("case", sorted(path.name for path in BAD.iterdir()))
def test_whole_text(case: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_site(BAD / case)
    expected = (BAD / case / "expected.en.txt").read_text(encoding="utf-8")
    assert Catalogue.load("en").error(caught.value) + "\n" == expected


@pytest.mark.parametrize("case", sorted(path.name for path in BAD.iterdir()))
def test_chinese_text_has_the_same_findings(case: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_site(BAD / case)
    text = Catalogue.load("zh").error(caught.value)
    places = [finding.place for finding in caught.value.findings if finding.place]
    assert places
    assert all(f"{place.file}:{place.line}:{place.column}: " in text for place in places)
