"""A site made from another: other values, everything as it was written, nothing of what was seen at the machines."""

from pathlib import Path

import pytest

from config.editing import starting
from config.editing.copying import copy_site
from config.errors import ConfigError
from config.site import load_site
from tests.unit.config.edits import edit

HEAD = """\
variables:   # what differs
  pump_host: {type: host, value: 127.0.0.1}   # of the booster set
  high: {type: number, unit: "%", default: 80 %}
links:
  - {id: bus, url: "modbus-tcp://${pump_host}:5020"}
"""
OTHER = {"site.id": "tower", "pump_host": "10.0.0.2"}


@pytest.fixture
def source(site: Path) -> Path:
    edit(site / "plant.yaml", 'links:\n  - {id: bus, url: "modbus-tcp://127.0.0.1:5020"}\n', HEAD)
    edit(site / "plant.yaml", "{low: 35 %}", '{low: 35 %, high: "${high}"}')
    edit(
        site / "plant.yaml",
        "    parameters:",
        '    proved:   # seen\n      level: {point: booster.level, by: Li, date: "2026-11-20"}\n    parameters:',
    )
    for name in ("identity.yaml", ".hidden.yaml", "state/journal.db", "agent.log", ".git/x.yaml", "notes.md"):
        (site / name).parent.mkdir(exist_ok=True)
        (site / name).write_text("devices: {}\n" if name == "identity.yaml" else "", encoding="utf-8")
    return site


def codes(source: Path, directory: Path, **values: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        copy_site(source, directory, {key.replace("__", "."): value for key, value in values.items()})
    assert not (directory / "plant.yaml").exists() or (directory / "plant.yaml").read_text(encoding="utf-8") == "mine"
    return [finding.code for finding in caught.value.findings]


def test_it_has_its_own_values_and_every_remark(source: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    made = tmp_path_factory.mktemp("made") / "tower"
    names = copy_site(source, made, {**OTHER, "high": "85 %"})
    plant = load_site(made)
    assert (plant.site.id, plant.links[0].url) == ("tower", "modbus-tcp://10.0.0.2:5020")
    assert next(one for one in plant.equipment if one.id == "tank-1").parameters["high"] == 85.0
    text = (source / "plant.yaml").read_text(encoding="utf-8")
    begin, end = text.index("    proved:"), text.index("    parameters:")
    expected = (text[:begin] + text[end:]).replace("id: plaza", "id: tower").replace("127.0.0.1}", '"10.0.0.2"}')
    expected = expected.replace("default: 80 %}", "default: 80 %, value: 85 %}")
    assert (made / "plant.yaml").read_text(encoding="utf-8") == expected
    written = {name.as_posix() for name in names if not name.as_posix().startswith(".schema/")}
    assert written == {"plant.yaml", "rules/site.yaml", "notes.md"}


def test_headquarters_has_to_tell_them_apart(source: Path, tmp_path: Path) -> None:
    assert codes(source, tmp_path / "made", pump_host="10.0.0.2") == ["copy.same"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, ["copy.missing"]),
        ({"pump_hots": "x"}, ["copy.unknown", "copy.missing"]),
        ({"equipment": "x", "pump_host": "h"}, ["copy.unknown"]),
        ({"pump_host": "tcp://h"}, ["variables.host"]),
        ({"pump_host": "h", "high": "3 bar"}, ["variables.number"]),
        ({"pump_host": "h", "high": "85"}, ["variables.number"]),
        ({"pump_host": "${pump_host}"}, ["variables.loop"]),
        ({"pump_host": "${nobody}"}, ["variables.unknown"]),
        ({"pump_host": "h", "uplink.broker": "x"}, ["value.url"]),
    ],
)
def test_values_that_do_not_do_write_nothing(
    source: Path, tmp_path: Path, values: dict[str, str], expected: list[str]
) -> None:
    assert codes(source, tmp_path / "made", **{"site__id": "tower", **values}) == expected
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("taken", ["plant.yaml", "rules/site.yaml"])
def test_what_is_there_is_never_written_over(source: Path, tmp_path: Path, taken: str) -> None:
    made = tmp_path / "made"
    (made / taken).parent.mkdir(parents=True)
    (made / taken).write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        copy_site(source, made, OTHER)
    assert [finding.code for finding in caught.value.findings] == ["site.exists"]
    assert [path.name for path in made.rglob("*") if path.is_file()] == [Path(taken).name]


def test_cut_off_anywhere_it_is_no_site_and_can_be_done_again(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, whole = tmp_path / "made", tmp_path / "whole"
    files = len(copy_site(source, whole, OTHER))
    real = starting.replace_file
    for most in range(files):
        left = iter(range(most))

        def cut(path: Path, content: bytes, left: object = left) -> None:
            if next(left, None) is None:  # type: ignore[call-overload]
                raise KeyboardInterrupt
            real(path, content)

        monkeypatch.setattr(starting, "replace_file", cut)
        with pytest.raises(KeyboardInterrupt):
            copy_site(source, made, OTHER)
        assert not (made / "plant.yaml").exists()
    monkeypatch.setattr(starting, "replace_file", real)
    copy_site(source, made, OTHER)
    assert load_site(made).fingerprint == load_site(whole).fingerprint
