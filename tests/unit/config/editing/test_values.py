"""One value written into a file: the file says that and else what it said, and every other character stays."""

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.editing.values import quoted, with_value, without_key
from config.errors import ConfigError
from config.reading.yamlfile import Path as Keys
from config.reading.yamlfile import read_yaml

BLOCK = """\
# head
equipment:   # all
  - id: tank-1
    class: water-tank
    parameters:   # limits
      # of the owner
      low: 30 %   # low

      high: "90 %"
    title: |
      Tank

  # the second
  - {id: tank-2, parameters: {low: 30 %}}  # small
  - {id: tank-3, parameters: {}}
  - id: tank-4
    proved:
      level: {point: a.b, by: Li, date: "2026-01-01"}   # by hand

      fuel:
        point: a.c
    class: x
  - {id: tank-5,
     proved: {}}
tail: yes-it-is"""


def limit(index: int, name: str) -> Keys:
    return ("equipment", index, "parameters", name)


@pytest.mark.parametrize("broken", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (limit(0, "low"), "low: 30 %   # low", "low: 3.2 m   # low"),
        (limit(0, "high"), 'high: "90 %"', "high: 3.2 m"),
        (limit(0, "other"), 'high: "90 %"\n', 'high: "90 %"\n      other: 3.2 m\n'),
        (limit(1, "low"), "{low: 30 %}}", "{low: 3.2 m}}"),
        (limit(1, "high"), "{low: 30 %}}", "{low: 30 %, high: 3.2 m}}"),
        (limit(2, "high"), "parameters: {}", "parameters: {high: 3.2 m}"),
        (limit(2, ""), "parameters: {}", "parameters: {: 3.2 m}"),
        (limit(3, "high"), "    class: x\n", "    class: x\n    parameters: {high: 3.2 m}\n"),
        (limit(4, "high"), "     proved: {}}", "     proved: {}, parameters: {high: 3.2 m}}"),
        (("new",), "tail: yes-it-is", "tail: yes-it-is\nnew: 3.2 m\n"),
        (("tail",), "tail: yes-it-is", "tail: 3.2 m"),
    ],
)
def test_it_stands_where_a_person_would_write_it(path: Keys, old: str, new: str, start: str, broken: str) -> None:
    before, after = (text.replace("\n", broken) for text in (BLOCK, BLOCK.replace(old, new, 1)))
    assert before != after
    assert with_value(start + before, path, "3.2 m") == start + after


@pytest.mark.parametrize("path", [("equipment",), ("equipment", 9, "id"), ("tail", "x"), limit(0, "low")[:3]])
def test_what_is_no_single_value_is_left_to_its_author(path: Keys) -> None:
    with pytest.raises(ConfigError):
        with_value(BLOCK, path, "1")


def test_a_key_goes_with_all_its_lines_and_no_others() -> None:
    after = without_key(BLOCK, ("equipment", 3, "proved"))
    gone = [line[2:] for line in difflib.ndiff(BLOCK.splitlines(), after.splitlines()) if line[0] in "+-"]
    assert "\n".join(gone) == BLOCK[BLOCK.index("    proved:\n") : BLOCK.index("    class: x") - 1]


@pytest.mark.parametrize("path", [("equipment", 0, "id"), ("equipment", 1, "parameters")])
def test_a_key_beside_others_on_its_line_is_left_to_its_author(path: Keys) -> None:
    with pytest.raises(ConfigError) as caught:
        without_key(BLOCK, path)
    assert [finding.code for finding in caught.value.findings] == ["edit.own-lines"]


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12) | st.sampled_from(
    [
        "85 %",
        "3.2m",
        "-0.5 °C",
        "true",
        "22:30",
        "10.0.0.2",
        "1",
        "0x1 s",
        "1e5 s",
        "~",
        "a-b",
        "on",
        "- x",
        "2 #a",
        "1 &a",
    ]
)


@given(TEXTS, st.sampled_from(["a: {b: %s}\n", "a:\n  b: %s\n"]))
def test_any_text_is_read_as_itself(text: str, layout: str) -> None:
    assert read_yaml((layout % quoted(text)).encode(), "f.yaml").data == {"a": {"b": text}}
