"""docs/devices.md says what the files say."""

from pathlib import Path

import pytest

from config.device_list import devices_page, known_templates, matching

PAGE = Path(__file__).parents[2] / "docs" / "devices.md"


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == devices_page(known_templates()), "run `make docs`"


def test_every_template_has_a_row_and_its_points() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for template in known_templates():
        assert f"| [{template.id}](#{template.id}) |" in page
        assert f"\n### {template.id}\n" in page


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("GRUNDFOS", {"grundfos-mpc", "grundfos-sump"}),
        ("格兰富", {"grundfos-mpc", "grundfos-sump"}),
        ("emergency-luminaire", {"intesis-dali-luminaire"}),
        ("no such maker", set()),
    ],
)
def test_a_device_is_found_by_any_word(word: str, expected: set[str]) -> None:
    assert {template.id for template in matching(known_templates(), word)} == expected
