"""Classes as a site writes them: words of this release and of the one before."""

from pathlib import Path

import pytest

from config.assembly.definitions import class_definitions
from config.errors import ConfigError
from config.reading.files import Files
from drivers.points import COMMANDING, Effect
from rules.model import EquipmentClass

TITLE = "title: {zh: 机, en: Machine}"


def built(site: Path, command: str, interlock: str = "") -> EquipmentClass:
    (site / "classes").mkdir()
    text = f"id: machine\n{TITLE}\nroles: {{running: {{kind: binary, {TITLE}}}}}\ncommands:\n  {command}\n{interlock}"
    (site / "classes" / "machine.yaml").write_text(text, encoding="utf-8")
    files = Files()
    cls = class_definitions(files, site).get("machine")
    files.check()
    assert cls is not None
    return cls


@pytest.mark.parametrize(
    ("command", "effect"),
    [
        ("release: {effect: safe, %s}", Effect.SAFE),
        ("lamp: {effect: signal, %s}", Effect.SIGNAL),
        ("release: {safe: true, %s}", Effect.SAFE),
        ("start: {moving: true, %s}", Effect.START),
        ("stop: {moving: true, %s}", Effect.STOP),
        ("open: {moving: true, %s}", Effect.SWITCH),
        ("safe: {moving: true, %s}", Effect.SWITCH),
        ("signal: {moving: true, %s}", Effect.SWITCH),
    ],
)
def test_a_verb_has_one_effect(tmp_path: Path, command: str, effect: Effect) -> None:
    cls = built(tmp_path, command % TITLE)
    assert [verb.effect for verb in cls.commands.values()] == [effect]


@pytest.mark.parametrize("words", ["", "safe: true, moving: true, ", "effect: stop, safe: true, "])
def test_none_or_two_effects_are_a_mistake(tmp_path: Path, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        built(tmp_path, f"start: {{{words}{TITLE}}}")
    assert [finding.code for finding in caught.value.findings] == ["class.command"]


@pytest.mark.parametrize(("word", "forbids"), [("", COMMANDING), ("forbids: [start], ", (Effect.START,))])
def test_an_interlock_forbids_all_but_safe_and_signal_unless_it_names_less(
    tmp_path: Path, word: str, forbids: tuple[Effect, ...]
) -> None:
    interlock = f"interlocks:\n  - {{id: hot, when: running, {word}{TITLE}}}\n"
    cls = built(tmp_path, f"start: {{effect: start, {TITLE}}}", interlock)
    assert cls.interlocks[0].forbids == forbids


@pytest.mark.parametrize("words", ["safe: [2, 1]", "safe: [2, 3], default: 1", "safe: [1, 1]"])
def test_a_safe_range_begins_below_and_holds_the_default(tmp_path: Path, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        built(tmp_path, f"start: {{effect: start, {TITLE}}}", f"parameters: {{limit: {{{words}, {TITLE}}}}}\n")
    assert [finding.code for finding in caught.value.findings] == ["class.safe"]
