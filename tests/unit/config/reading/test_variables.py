"""Values in the place of ``${name}``, and where each character of the filled text stands in the file as written."""

import pytest

from config.reading.variables import Variables
from config.reading.yamlfile import YamlFile, read_yaml
from drivers.points import Finding

VALUES = {"host": "192.168.1.20", "port": 502, "high": "85 %", "on": True, "ratio": 0.5}


def filled(text: str, *, declared: bool = True) -> tuple[YamlFile, list[Finding]]:
    found: list[Finding] = []
    return Variables(VALUES, declared=declared).fill(read_yaml(text.encode(), "f.yaml"), found), found


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${port}", 502),
        ("'${on}'", True),
        ("${ratio}", 0.5),
        ("${high}", "85 %"),
        ('"tcp://${host}:${port}/${on}"', "tcp://192.168.1.20:502/true"),
        ("[1, '${port}', {deep: '${host}'}]", [1, 502, {"deep": "192.168.1.20"}]),
        ("$${host} is ${host}", "${host} is 192.168.1.20"),
        ("$host {host} ${", "$host {host} ${"),
    ],
)
def test_what_stands_there(written: str, value: object) -> None:
    file, found = filled(f"key: {written}\n")
    assert (file.data, found) == ({"key": value}, [])


@pytest.mark.parametrize(
    ("text", "wanted", "line", "column"),
    [
        ("when: level >= ${high} and levle\n", "levle", 1, 28),
        ("when: level >= ${high} and levle\n", "5 %", 1, 16),
        ('when: "a \\" ${high} levle"\n', "levle", 1, 21),
        ("when: |\n  level >= ${high}\n  and levle\n", "levle", 3, 7),
        ("when: level >= ${high} and\n   ${high} < levle\n", "levle", 2, 14),
        ("when: $${high} levle\n", "levle", 1, 16),
    ],
)
def test_every_character_is_found_where_it_was_written(text: str, wanted: str, line: int, column: int) -> None:
    file, _ = filled(text)
    assert isinstance(file.data, dict)
    place = file.text(("when",)).at(file.data["when"].index(wanted))
    assert (place.line, place.column) == (line, column)


@pytest.mark.parametrize(
    ("text", "code", "suggestion", "column"),
    [
        ("a: tcp://${hots}\n", "variables.unknown", "${host}", 10),
        ("a: ${nobody_knows}\n", "variables.unknown", None, 4),
        ("a: ${Host Name}\n", "variables.unknown", None, 4),
        ("${host}: 1\n", "variables.key", None, 1),
    ],
)
def test_what_is_not_there(text: str, code: str, suggestion: str | None, column: int) -> None:
    _, (finding,) = filled(text)
    assert finding.place is not None
    assert (finding.code, finding.suggestion, finding.place.column) == (code, suggestion, column)


def test_the_block_that_declares_them_is_left_as_it_is() -> None:
    file, found = filled("variables: {a: {value: '${nobody}'}}\nb: {variables: '${port}'}\n")
    assert (file.data, found) == ({"variables": {"a": {"value": "${nobody}"}}, "b": {"variables": 502}}, [])
