"""Strict YAML: data with places, and every mistake at once. Whole texts of mistakes stand in tests/contract/bad."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import ConfigError
from config.reading.yamlfile import MAX_BYTES, Path, read_yaml
from drivers.points import Place

Spot = tuple[int, int]
Mistake = tuple[str, int, int]


def codes(text: str | bytes) -> list[Mistake]:
    with pytest.raises(ConfigError) as caught:
        read_yaml(text if isinstance(text, bytes) else text.encode(), "x.yaml")
    places = [(finding.code, finding.place or Place("", 0, 0)) for finding in caught.value.findings]
    return [(code, place.line, place.column) for code, place in places]


def test_data() -> None:
    file = read_yaml("a: 1\nb: [2.5, x y, '22:30']\nc: {水: true}\n".encode(), "x.yaml")
    assert file.data == {"a": 1, "b": [2.5, "x y", "22:30"], "c": {"水": True}}


@pytest.mark.parametrize(
    ("path", "key", "value", "text"),
    [
        (("水",), (1, 1), (1, 4), (1, 4)),
        (("list", 0), (3, 5), (3, 5), (3, 5)),
        (("list", 1, "when"), (4, 5), (4, 11), (4, 12)),
        (("list", 1, "missing"), (4, 5), (4, 5), None),
    ],
)
def test_places(path: Path, key: Spot, value: Spot, text: Spot | None) -> None:
    file = read_yaml('水: 中文\nlist:\n  - one\n  - when: "a > b"\n'.encode(), "x.yaml")
    assert (file.key(path).line, file.key(path).column) == key
    assert (file.value(path).line, file.value(path).column) == value
    if text:
        assert (file.text(path).line, file.text(path).column) == text


def test_place_shows_the_line() -> None:
    assert read_yaml(b"a: 1\nb: 2\n", "x.yaml").value(("b",)).text == "b: 2"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("yaml.empty-file", 1, 1)]),
        ("# only a remark\n", [("yaml.empty-file", 1, 1)]),
        ("a: on\nb: no\n", [("yaml.ambiguous", 1, 4), ("yaml.ambiguous", 2, 4)]),
        ("on: 1\n", [("yaml.ambiguous", 1, 1)]),
        ("a: 1\na: [2, {b: 3}]\nc: 0100\n", [("yaml.duplicate", 2, 1), ("yaml.ambiguous", 3, 4)]),
        ("a: &x 1\nb: *x\n", [("yaml.anchor", 1, 4), ("yaml.alias", 2, 4)]),
        ("a: !!int 1\n", [("yaml.tag", 1, 4)]),
        ("a: ~\nb:\n", [("yaml.no-value", 1, 4), ("yaml.no-value", 2, 3)]),
        ("[" * 40 + "]" * 40, [("yaml.depth", 1, 33)]),
        ("? [1, [2]]\n: {a: 2}\nb: no\n", [("yaml.key", 1, 3), ("yaml.ambiguous", 3, 4)]),
        ("a: 'x\n", [("yaml.quote", 1, 6)]),
        ("a: @x\n", [("yaml.character", 1, 4)]),
        ("a: b: c\n", [("yaml.colon", 1, 4)]),
        ("a: 1\n---\nb: 1\n", [("yaml.documents", 2, 1)]),
        (b"a: 1\nb: \xcb\xae\xb3\n", [("yaml.encoding", 2, 1)]),
        (b"a" * (MAX_BYTES + 1), [("yaml.too-big", 1, 1)]),
    ],
)
def test_mistakes(text: str | bytes, expected: list[Mistake]) -> None:
    assert codes(text) == expected


def test_windows_file() -> None:
    assert read_yaml(b"\xef\xbb\xbfa: 1\r\nb: x\r\n", "x.yaml").data == {"a": 1, "b": "x"}


@given(st.binary(max_size=60))
def test_any_bytes_are_data_or_findings(content: bytes) -> None:
    with suppress(ConfigError):
        assert read_yaml(content, "x.yaml").lines
