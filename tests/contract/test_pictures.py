"""The pictures of the README are what the commands print, and show it as a terminal does."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from config.catalogue import LANGUAGES
from tests.acceptance.processes import Bench
from tests.pictures.__main__ import SCENES, check
from tests.pictures.terminal import picture

DOCS = Path(__file__).parents[2] / "docs"
READMES = {"en": "README.md", "zh": "README.zh.md"}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_check_prints_is_what_the_picture_shows(lang: str, tmp_path: Path) -> None:
    command, text = check(lang, Bench(tmp_path))
    assert (DOCS / "images" / f"check.{lang}.svg").read_text(encoding="utf-8") == picture(command, text), "make docs"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_readme_shows_each_of_them(lang: str) -> None:
    shown = re.findall(r"docs/images/(\w+)\.(\w+)\.svg", (DOCS.parent / READMES[lang]).read_text(encoding="utf-8"))
    assert shown == [(name, lang) for name in SCENES]
    assert all((DOCS / "images" / f"{name}.{lang}.svg").exists() for name in SCENES)


def test_letters_of_two_columns_colours_and_signs_of_markup() -> None:
    drawn = ET.fromstring(picture("a <b>", "\x1b[1;31m水 <x>\x1b[0m & y\n\n  z"))  # noqa: S314 - ours
    lines = [[(span.text, span.get("x"), span.get("fill")) for span in text] for text in drawn.iter(f"{SVG}text")]
    assert lines == [
        [],
        [("水", "14.0", "#e06c75"), (" <x>", "29.7", "#e06c75"), (" & y", "61.0", None)],
        [("  z", "14.0", None)],
    ]
